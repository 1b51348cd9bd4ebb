/** BER (X.690) as far as SNMP and LDAP use it: low tags, definite lengths. */
import { Malformed } from './reader.ts'

export const INTEGER = 0x02
export const OCTETS = 0x04
export const OID = 0x06
export const ENUMERATED = 0x0a
export const BOOLEAN = 0x01
export const SEQUENCE = 0x30

const MAX_INTEGER_BYTES = 4
/** RFC 2578 3.5: sub-identifiers of one name. */
const MAX_ARCS = 128
/** RFC 2578 3.5: a sub-identifier is below 2^32. */
const MAX_ARC_BYTES = 5

/** Elements one after another; whatever does not hold together is `Malformed`. */
export class BerReader {
  readonly bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.#at
  }

  /** The next element's tag; undefined at the end. */
  get tag(): number | undefined {
    return this.bytes[this.#at]
  }

  /** The contents of the next element, which must have this tag. */
  contents(tag: number): Buffer {
    if (this.tag !== tag) throw new Malformed(`element ${tag.toString(16)} expected`)
    let at = this.#at + 1
    let length = this.bytes[at++] ?? 0x80
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0 || octets > 4 || at + octets > this.bytes.length)
        throw new Malformed('bad length')
      length = this.bytes.readUIntBE(at, octets)
      at += octets
    }
    if (at + length > this.bytes.length) throw new Malformed('element too long')
    this.#at = at + length
    return this.bytes.subarray(at, this.#at)
  }

  inside(tag: number): BerReader {
    return new BerReader(this.contents(tag))
  }

  /** Signed, of at most 32 bits. */
  integer(tag = INTEGER): number {
    const value = this.contents(tag)
    if (value.length === 0 || value.length > MAX_INTEGER_BYTES) throw new Malformed('bad integer')
    return value.readIntBE(0, value.length)
  }

  /** Text as latin1. */
  text(tag = OCTETS): string {
    return this.contents(tag).toString('latin1')
  }

  /** The arcs of an object identifier. */
  oid(): number[] {
    const value = this.contents(OID)
    const arcs: number[] = []
    for (let at = 0; at < value.length; ) {
      let arc = 0
      const start = at
      for (let byte = 0x80; (byte & 0x80) !== 0; ) {
        if (at === value.length || at - start === MAX_ARC_BYTES) throw new Malformed('bad arc')
        byte = value[at++] ?? 0
        arc = arc * 128 + (byte & 0x7f)
      }
      // X.690 8.19.4: the first two arcs share a byte; the first is 0, 1 or 2.
      const first = Math.min(Math.floor(arc / 40), 2)
      if (arcs.length === 0) arcs.push(first, arc - first * 40)
      else arcs.push(arc)
      if (arcs.length > MAX_ARCS) throw new Malformed('name too long')
    }
    return arcs
  }
}

/** One element with its length in the shortest form. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const { length } = body
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body])
  const octets = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3
  const head = Buffer.from([tag, 0x80 | octets, 0, 0, 0]).subarray(0, 2 + octets)
  head.writeUIntBE(length, 2, octets)
  return Buffer.concat([head, body])
}

export function encodeOid(arcs: readonly number[]): Buffer {
  const [first = 0, second = 0, ...rest] = arcs
  return element(OID, Buffer.from([first * 40 + second, ...rest].flatMap(arcBytes)))
}

function arcBytes(arc: number): number[] {
  const bytes = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
    bytes.unshift(0x80 | (left % 128))
  return bytes
}

/** Is the datagram one SEQUENCE that begins with an INTEGER? Where the element behind that begins; 0: no. */
export function behindInteger(datagram: Uint8Array): number {
  if (datagram[0] !== SEQUENCE) return 0
  const length = datagram[1] ?? 0
  const octets = length < 0x80 ? 0 : length & 0x7f
  if (length >= 0x80 && (octets === 0 || octets > 4)) return 0
  let size = octets === 0 ? length : 0
  for (let i = 0; i < octets; i++) size = size * 256 + (datagram[2 + i] ?? 0)
  const at = 2 + octets
  if (at + size !== datagram.length || datagram[at] !== INTEGER) return 0
  const integer = datagram[at + 1] ?? 0
  return integer >= 1 && integer <= MAX_INTEGER_BYTES ? at + 2 + integer : 0
}
