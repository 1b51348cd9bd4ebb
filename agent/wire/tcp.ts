/** TCP segments (RFC 9293) with the options of RFC 7323 and RFC 2018. Sequence numbers are signed 32-bit integers. */
import { fold, sum } from './checksum.ts'
import { i32, put16, put32, u16 } from './integers.ts'

export const HEADER_BYTES = 20
export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10
export const URG = 0x20
export const ECE = 0x40
export const CWR = 0x80

/** Option kinds as 4-bit codes, in the order they came: `layoutLow` holds the first seven, `layoutHigh` the next seven. */
export const OPTION_MSS = 1
export const OPTION_NOP = 2
export const OPTION_SCALE = 3
export const OPTION_SACK_PERMITTED = 4
export const OPTION_TIMESTAMPS = 5
export const OPTION_END = 6
export const OPTION_SACK = 7
export const OPTION_OTHER = 8
const CODES_PER_WORD = 7
/** RFC 7323 2.3: a larger shift is taken as 14. */
const MAX_SHIFT = 14

export type Tcp = {
  sourcePort: number
  destinationPort: number
  sequence: number
  acknowledgment: number
  /** Low byte FIN … CWR; 0x100 is the former NS bit. */
  flags: number
  window: number
  urgent: number
  payload: number
  payloadBytes: number
  optionsBytes: number
  /** 0: absent. */
  mss: number
  /** -1: absent. */
  scale: number
  sackPermitted: boolean
  timestamps: boolean
  timestampValue: number
  timestampEcho: number
  optionCount: number
  layoutLow: number
  layoutHigh: number
}
export const blankTcp = (): Tcp => ({
  sourcePort: 0,
  destinationPort: 0,
  sequence: 0,
  acknowledgment: 0,
  flags: 0,
  window: 0,
  urgent: 0,
  payload: 0,
  payloadBytes: 0,
  optionsBytes: 0,
  mss: 0,
  scale: -1,
  sackPermitted: false,
  timestamps: false,
  timestampValue: 0,
  timestampEcho: 0,
  optionCount: 0,
  layoutLow: 0,
  layoutHigh: 0,
})

/** False: cut short or an impossible header length. A malformed option ends the options, as in real stacks. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Tcp): boolean {
  if (length < HEADER_BYTES) return false
  const headerBytes = ((bytes[offset + 12] as number) >>> 4) * 4
  if (headerBytes < HEADER_BYTES || headerBytes > length) return false
  into.sourcePort = u16(bytes, offset)
  into.destinationPort = u16(bytes, offset + 2)
  into.sequence = i32(bytes, offset + 4)
  into.acknowledgment = i32(bytes, offset + 8)
  into.flags = u16(bytes, offset + 12) & 0x1ff
  into.window = u16(bytes, offset + 14)
  into.urgent = u16(bytes, offset + 18)
  into.payload = offset + headerBytes
  into.payloadBytes = length - headerBytes
  into.optionsBytes = headerBytes - HEADER_BYTES
  into.mss = 0
  into.scale = -1
  into.sackPermitted = false
  into.timestamps = false
  into.timestampValue = 0
  into.timestampEcho = 0
  into.optionCount = 0
  into.layoutLow = 0
  into.layoutHigh = 0
  if (headerBytes > HEADER_BYTES) options(bytes, offset + HEADER_BYTES, offset + headerBytes, into)
  return true
}

function options(bytes: Uint8Array, from: number, end: number, into: Tcp): void {
  let at = from
  while (at < end) {
    const kind = bytes[at] as number
    if (kind === 0) {
      note(into, OPTION_END)
      return
    }
    if (kind === 1) {
      note(into, OPTION_NOP)
      at++
      continue
    }
    const size = at + 1 < end ? (bytes[at + 1] as number) : 0
    if (size < 2 || at + size > end) return
    if (kind === 2 && size === 4) {
      note(into, OPTION_MSS)
      into.mss = u16(bytes, at + 2)
    } else if (kind === 3 && size === 3) {
      note(into, OPTION_SCALE)
      into.scale = Math.min(bytes[at + 2] as number, MAX_SHIFT)
    } else if (kind === 4 && size === 2) {
      note(into, OPTION_SACK_PERMITTED)
      into.sackPermitted = true
    } else if (kind === 8 && size === 10) {
      note(into, OPTION_TIMESTAMPS)
      into.timestamps = true
      into.timestampValue = i32(bytes, at + 2)
      into.timestampEcho = i32(bytes, at + 6)
    } else note(into, kind === 5 ? OPTION_SACK : OPTION_OTHER)
    at += size
  }
}

function note(into: Tcp, code: number): void {
  const index = into.optionCount++
  if (index < CODES_PER_WORD) into.layoutLow |= code << (index * 4)
  else if (index < 2 * CODES_PER_WORD) into.layoutHigh |= code << ((index - CODES_PER_WORD) * 4)
}

/** True when the segment's checksum is right. `length` is the whole segment in bytes; `pseudo` the partial sum of the pseudo-header without it. */
export function verify(bytes: Uint8Array, offset: number, length: number, pseudo: number): boolean {
  return fold(sum(bytes, offset, length, pseudo + length)) === 0
}

/** The fixed header. Options (padded to 4 bytes) and payload are already in place behind it; the checksum covers all, with `pseudo` as in `verify`. */
export function emit(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  sequence: number,
  acknowledgment: number,
  flags: number,
  window: number,
  optionsBytes: number,
  payloadBytes: number,
  pseudo: number,
): void {
  put16(bytes, offset, sourcePort)
  put16(bytes, offset + 2, destinationPort)
  put32(bytes, offset + 4, sequence)
  put32(bytes, offset + 8, acknowledgment)
  bytes[offset + 12] = ((HEADER_BYTES + optionsBytes) / 4) << 4
  bytes[offset + 13] = flags
  put16(bytes, offset + 14, window)
  put32(bytes, offset + 16, 0)
  const length = HEADER_BYTES + optionsBytes + payloadBytes
  put16(bytes, offset + 16, fold(sum(bytes, offset, length, pseudo + length)))
}

/** One option at `offset`; returns the offset behind it. */
export function emitOption(bytes: Uint8Array, offset: number, code: number, a = 0, b = 0): number {
  switch (code) {
    case OPTION_MSS:
      bytes[offset] = 2
      bytes[offset + 1] = 4
      put16(bytes, offset + 2, a)
      return offset + 4
    case OPTION_SCALE:
      bytes[offset] = 3
      bytes[offset + 1] = 3
      bytes[offset + 2] = a
      return offset + 3
    case OPTION_SACK_PERMITTED:
      bytes[offset] = 4
      bytes[offset + 1] = 2
      return offset + 2
    case OPTION_TIMESTAMPS:
      bytes[offset] = 8
      bytes[offset + 1] = 10
      put32(bytes, offset + 2, a)
      put32(bytes, offset + 6, b)
      return offset + 10
    default:
      bytes[offset] = code === OPTION_END ? 0 : 1
      return offset + 1
  }
}
