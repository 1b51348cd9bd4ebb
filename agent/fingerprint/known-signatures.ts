/** Signatures written before: a scanner's SYNs are alike, and text is slow to make. Of fixed size; the newest takes the slot. */
import { signature } from './p0f.ts'
import type { SynFacts } from './syn.ts'

const SLOTS = 256
const WORDS = 8
const PRIME = 0x9e3779b1 | 0

export class KnownSignatures {
  readonly #words = new Int32Array(SLOTS * WORDS)
  readonly #texts: (string | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #key = new Int32Array(WORDS)

  /** `signature` of the SYN. */
  of(syn: SynFacts): string {
    const key = this.#key
    key[0] = (syn.window << 16) | syn.mss
    key[1] = syn.ttl | ((syn.scale + 1) << 8) | (syn.ipOptionsLength << 17) | (syn.version << 24)
    key[2] = syn.layoutLow
    key[3] = syn.layoutHigh
    key[4] = syn.optionsLength | (syn.optionCount << 8) | (syn.flags << 16)
    // Of these only whether they are 0 is told.
    key[5] =
      syn.dontFragment |
      (syn.ipId === 0 ? 2 : 0) |
      (syn.sequence === 0 ? 4 : 0) |
      (syn.acknowledgment === 0 ? 8 : 0) |
      (syn.urgent === 0 ? 16 : 0) |
      (syn.timestampValue === 0 ? 32 : 0) |
      (syn.payloadLength === 0 ? 64 : 0) |
      (syn.timestamps << 7)
    let hash = 0
    for (let i = 0; i < WORDS; i++)
      hash = Math.imul(hash ^ (key[i] as number), PRIME) ^ (hash >>> 15)
    const slot = (hash >>> 16) & (SLOTS - 1)
    const known = this.#texts[slot]
    if (known !== undefined && this.#is(slot)) return known
    const text = signature(syn)
    this.#words.set(key, slot * WORDS)
    this.#texts[slot] = text
    return text
  }

  #is(slot: number): boolean {
    const words = this.#words
    for (let i = 0, at = slot * WORDS; i < WORDS; i++)
      if (words[at + i] !== this.#key[i]) return false
    return true
  }
}
