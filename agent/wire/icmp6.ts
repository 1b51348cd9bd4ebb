/** ICMPv6 (RFC 4443). Its checksum covers a pseudo-header: `seed` is that one's partial sum (checksum.ts). */
import { fold, sum } from './checksum.ts'
import type { Icmp } from './icmp.ts'

export const HEADER_BYTES = 8
export const UNREACHABLE = 1
export const PACKET_TOO_BIG = 2
export const TIME_EXCEEDED = 3
export const PARAMETER_PROBLEM = 4
export const ECHO_REQUEST = 128
export const ECHO_REPLY = 129
/** RFC 2710, 3810. */
export const LISTENER_QUERY = 130
export const LISTENER_REPORT = 143
/** RFC 4861. */
export const ROUTER_SOLICITATION = 133
export const ROUTER_ADVERTISEMENT = 134
export const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136

/** Codes of UNREACHABLE. */
export const NO_ROUTE = 0
export const PROHIBITED = 1
export const ADDRESS_UNREACHABLE = 3
export const PORT_UNREACHABLE = 4

/** RFC 4443 2.4(c): an error quotes as much as fits in the least MTU of IPv6, in bytes. */
export const MAX_ERROR_PACKET_BYTES = 1280

/** Is it an answer to a packet that went wrong? Such a one is never answered with another (RFC 4443 2.4(e)). */
export const isError = (type: number): boolean => type < 128

/** False: cut short or a bad checksum. `payload` begins behind the 8-byte header. */
export function parse(
  bytes: Uint8Array,
  offset: number,
  length: number,
  seed: number,
  into: Icmp,
): boolean {
  if (length < HEADER_BYTES || fold(sum(bytes, offset, length, seed)) !== 0) return false
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
  seed: number,
): void {
  bytes[offset] = type
  bytes[offset + 1] = code
  bytes[offset + 2] = 0
  bytes[offset + 3] = 0
  const check = fold(sum(bytes, offset, length, seed))
  bytes[offset + 2] = check >>> 8
  bytes[offset + 3] = check
}
