/**
 * What the stack calls an IPv6 address: a 32-bit name whose top four bits are 1111 (class E, which is no
 * IPv4 host's), the rest a keyed hash. A table remembers the addresses of recent names.
 */
import { addressText6 } from '../wire/address6.ts'
import { i32 } from '../wire/integers.ts'
import { KeyedHash } from './keyed-hash.ts'

const SLOTS = 65_536
/** The name, then the address. */
const SLOT_WORDS = 5
const CLASS = 0xf0000000 | 0

export const isName = (address: number): boolean => (address & CLASS) === CLASS

export class Names {
  readonly #hash: KeyedHash
  // A slot whose name is 0 is empty: no name is.
  readonly #slots = new Int32Array(SLOTS * SLOT_WORDS)
  readonly #words = new Int32Array(4)
  /** Names whose address was forgotten for another's. */
  forgotten = 0

  /** `key`: 8 random bytes, the sensor's for as long as it runs. */
  constructor(key: Uint8Array) {
    this.#hash = new KeyedHash(key)
  }

  /** Of the address at `at`; its text can be had until another takes its place. */
  name(bytes: Uint8Array, at: number): number {
    return this.#remember(
      i32(bytes, at),
      i32(bytes, at + 4),
      i32(bytes, at + 8),
      i32(bytes, at + 12),
    )
  }

  nameOf(words: Int32Array): number {
    return this.#remember(
      words[0] as number,
      words[1] as number,
      words[2] as number,
      words[3] as number,
    )
  }

  #remember(a: number, b: number, c: number, d: number): number {
    const name = CLASS | this.#hash.of(a, b, c, d)
    const slots = this.#slots
    const at = slotOf(name)
    if (
      slots[at] === name &&
      slots[at + 1] === a &&
      slots[at + 2] === b &&
      slots[at + 3] === c &&
      slots[at + 4] === d
    )
      return name
    if (slots[at] !== 0) this.forgotten++
    slots[at] = name
    slots[at + 1] = a
    slots[at + 2] = b
    slots[at + 3] = c
    slots[at + 4] = d
    return name
  }

  /** False: no longer known (or never was). */
  words(name: number, into: Int32Array): boolean {
    const slots = this.#slots
    const at = slotOf(name)
    if (slots[at] !== name || !isName(name)) return false
    for (let i = 0; i < 4; i++) into[i] = slots[at + 1 + i] as number
    return true
  }

  text(name: number): string | undefined {
    return this.words(name, this.#words) ? addressText6(this.#words) : undefined
  }
}

const slotOf = (name: number): number => (name & (SLOTS - 1)) * SLOT_WORDS
