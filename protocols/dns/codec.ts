/** DNS queries (RFC 1035 4.1, EDNS: RFC 6891) and the answer that says nothing. */
import { Cursor, Writer } from '../bytes.ts'
import { Malformed } from '../reader.ts'

export const QUERY = 0
const HEADER_BYTES = 12
const MAX_LABEL_BYTES = 63
const MAX_NAME_BYTES = 255
const MAX_OPCODE = 6
const CLASSES = [1, 3, 4, 254, 255]
/** RFC 6762 5.4: the top bit of the class asks for an answer by unicast. */
const CLASS_MASK = 0x7fff
const TXT = 16
const CHAOS = 3
/** RFC 1035 4.1.4. */
const POINTER = 0xc000
const OPT = 41
const OPT_BYTES = 11
const DO = 0x8000

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  43: 'DS',
  46: 'RRSIG',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
}
const CLASS_NAMES: Readonly<Record<number, string>> = {
  1: 'IN',
  3: 'CH',
  4: 'HS',
  254: 'NONE',
  255: 'ANY',
}

export type Query = {
  readonly id: number
  readonly opcode: number
  readonly recursionDesired: boolean
  /** Name in presentation form, without the last dot; type and class by name or number. Absent in a server status request. */
  readonly question:
    | { readonly name: string; readonly type: string; readonly class: string }
    | undefined
  /** The question as it came. */
  readonly asked: Buffer
  /** The visitor speaks EDNS; `dnssec`: its DO bit. */
  readonly edns: { readonly dnssec: boolean } | undefined
}

/** A query with one question of a known class, or a bare header that asks for the server's status. */
export function recognise(datagram: Uint8Array): boolean {
  if (datagram.length < HEADER_BYTES || u16(datagram, 6) !== 0) return false
  const opcode = opcodeOf(datagram[2] ?? 0)
  if (opcode > MAX_OPCODE) return false
  if (u16(datagram, 4) === 0)
    return (
      opcode === 2 && datagram.length === HEADER_BYTES && u16(datagram, 8) + u16(datagram, 10) === 0
    )
  // A dynamic update (RFC 2136) has a second section.
  if (u16(datagram, 4) !== 1 || (u16(datagram, 8) !== 0 && opcode !== 5) || u16(datagram, 10) > 2)
    return false
  const end = nameEnd(datagram)
  if (end === 0 || end + 4 > datagram.length || isNetbios(datagram)) return false
  if (u16(datagram, 8) + u16(datagram, 10) === 0 && end + 4 !== datagram.length) return false
  return CLASSES.includes(u16(datagram, end + 2) & CLASS_MASK)
}

const u16 = (datagram: Uint8Array, at: number): number =>
  ((datagram[at] ?? 0) << 8) | (datagram[at + 1] ?? 0)

/** With the bit of answers, so that theirs are 16 and more. */
const opcodeOf = (byte: number): number => byte >> 3

/** Where the question's name ends; 0: it does not. */
function nameEnd(datagram: Uint8Array): number {
  let at = HEADER_BYTES
  for (let length = datagram[at]; length !== 0; length = datagram[at]) {
    if (length === undefined || length > MAX_LABEL_BYTES) return 0
    at += 1 + length
    if (at - HEADER_BYTES >= MAX_NAME_BYTES) return 0
  }
  return at + 1
}

/** RFC 1002 4.1: a name of 32 letters A to P. Its types are other types here. */
function isNetbios(datagram: Uint8Array): boolean {
  if (datagram[HEADER_BYTES] !== 32) return false
  for (let i = 1; i <= 32; i++) {
    const byte = datagram[HEADER_BYTES + i] ?? 0
    if (byte < 0x41 || byte > 0x50) return false
  }
  return true
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Query {
  if (!recognise(datagram)) throw new Malformed('no query')
  const cursor = new Cursor(datagram)
  const id = cursor.u16be()
  const flags = cursor.u16be()
  const questions = cursor.u16be()
  const others = cursor.u16be() + cursor.u16be()
  const additional = cursor.u16be()
  const opcode = opcodeOf(flags >> 8)
  const base = { id, opcode, recursionDesired: (flags & 0x0100) !== 0 }
  if (questions === 0)
    return { ...base, question: undefined, asked: Buffer.alloc(0), edns: undefined }
  const labels: string[] = []
  for (let length = cursor.u8(); length !== 0; length = cursor.u8())
    labels.push(presented(cursor.take(length)))
  const type = cursor.u16be()
  const of = cursor.u16be() & CLASS_MASK
  return {
    ...base,
    question: {
      name: labels.join('.'),
      type: TYPES[type] ?? String(type),
      class: CLASS_NAMES[of] ?? String(of),
    },
    asked: datagram.subarray(HEADER_BYTES, cursor.at),
    edns: others === 0 && additional > 0 ? edns(cursor) : undefined,
  }
}

/** OPT is the first record behind the question, where clients put it. */
function edns(cursor: Cursor): Query['edns'] {
  if (cursor.left < OPT_BYTES || cursor.u8() !== 0 || cursor.u16be() !== OPT) return undefined
  cursor.skip(4)
  return { dnssec: (cursor.u16be() & DO) !== 0 }
}

/** RFC 4343 2.1: \. and \DDD. */
function presented(label: Uint8Array): string {
  let text = ''
  for (const byte of label)
    if (byte === 0x2e || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\${String(byte).padStart(3, '0')}`
  return text
}

export type Manner = {
  /** Says that it would recurse (RA). */
  readonly recursion: boolean
  /** Bytes of UDP that the server takes (EDNS). */
  readonly payload: number
}

/** No records, only `rcode`: never longer than the query. `truncated`: there would be more over TCP. */
export const encodeRefusal = (
  query: Query,
  rcode: number,
  manner: Manner,
  truncated = false,
): Buffer => encode(query, rcode, manner, truncated, undefined)

/** One TXT record of class CH, of at most 255 characters: what a server says of itself. */
export const encodeText = (query: Query, manner: Manner, text: string): Buffer =>
  encode(query, 0, manner, false, text)

function encode(
  { id, opcode, recursionDesired, asked, edns }: Query,
  rcode: number,
  { recursion, payload }: Manner,
  truncated: boolean,
  text: string | undefined,
): Buffer {
  const writer = new Writer()
    .u16be(id)
    .u8(0x80 | (opcode << 3) | (truncated ? 2 : 0) | (recursionDesired ? 1 : 0))
    .u8((recursion ? 0x80 : 0) | rcode)
    .u16be(asked.length > 0 ? 1 : 0)
    .u16be(text === undefined ? 0 : 1)
    .u16be(0)
    .u16be(edns === undefined ? 0 : 1)
    .bytes(asked)
  if (text !== undefined)
    writer
      .u16be(POINTER | HEADER_BYTES)
      .u16be(TXT)
      .u16be(CHAOS)
      .u32be(0)
      .u16be(text.length + 1)
      .u8(text.length)
      .text(text)
  // RFC 6891 6.1.1, 6.1.4: whoever is asked with OPT answers with OPT, and with the DO bit as it came.
  if (edns !== undefined)
    writer
      .u8(0)
      .u16be(OPT)
      .u16be(payload)
      .u16be(0)
      .u16be(edns.dnssec ? DO : 0)
      .u16be(0)
  return writer.end()
}
