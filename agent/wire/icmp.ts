/** ICMP for IPv4 (RFC 792). */
import { fold, sum } from './checksum.ts'

export const HEADER_BYTES = 8
export const ECHO_REPLY = 0
export const UNREACHABLE = 3
export const ECHO_REQUEST = 8
export const TIMESTAMP_REQUEST = 13
export const TIMESTAMP_REPLY = 14
/** RFC 950. */
export const MASK_REQUEST = 17
export const MASK_REPLY = 18

export type Icmp = { type: number; code: number; payload: number; payloadBytes: number }
export const blankIcmp = (): Icmp => ({ type: 0, code: 0, payload: 0, payloadBytes: 0 })

/** False: cut short or a bad checksum. `payload` begins behind the 8-byte header. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Icmp): boolean {
  if (length < HEADER_BYTES || fold(sum(bytes, offset, length, 0)) !== 0) return false
  into.type = bytes[offset] as number
  into.code = bytes[offset + 1] as number
  into.payload = offset + HEADER_BYTES
  into.payloadBytes = length - HEADER_BYTES
  return true
}

/** Type, code and checksum of a message whose other bytes are in place. `length` in bytes is the whole message. */
export function seal(
  bytes: Uint8Array,
  offset: number,
  type: number,
  code: number,
  length: number,
): void {
  bytes[offset] = type
  bytes[offset + 1] = code
  bytes[offset + 2] = 0
  bytes[offset + 3] = 0
  const check = fold(sum(bytes, offset, length, 0))
  bytes[offset + 2] = check >>> 8
  bytes[offset + 3] = check
}
