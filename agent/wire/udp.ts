/** UDP datagrams (RFC 768; over IPv6 RFC 8200 8.1). */
import { fold, sum } from './checksum.ts'
import { put16, u16 } from './integers.ts'

export const HEADER_BYTES = 8
const NO_CHECKSUM = 0

export type Udp = {
  sourcePort: number
  destinationPort: number
  /** Header and payload: what the checksum covers, and what the pseudo-header says. */
  totalBytes: number
  /** 0: none. */
  checksum: number
  payload: number
  payloadBytes: number
}
export const blankUdp = (): Udp => ({
  sourcePort: 0,
  destinationPort: 0,
  totalBytes: 0,
  checksum: 0,
  payload: 0,
  payloadBytes: 0,
})

/** False: cut short, or an impossible length field. Bytes behind the length it names are padding. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Udp): boolean {
  if (length < HEADER_BYTES) return false
  const totalBytes = u16(bytes, offset + 4)
  if (totalBytes < HEADER_BYTES || totalBytes > length) return false
  into.sourcePort = u16(bytes, offset)
  into.destinationPort = u16(bytes, offset + 2)
  into.totalBytes = totalBytes
  into.checksum = u16(bytes, offset + 6)
  into.payload = offset + HEADER_BYTES
  into.payloadBytes = totalBytes - HEADER_BYTES
  return true
}

/**
 * True when the checksum is right. `totalBytes` as parsed; `pseudo`: partial sum of the pseudo-header
 * without it. `optional`: over IPv4 a datagram may have none, over IPv6 it must have one.
 */
export function verify(
  bytes: Uint8Array,
  offset: number,
  totalBytes: number,
  pseudo: number,
  optional: boolean,
): boolean {
  if (u16(bytes, offset + 6) === NO_CHECKSUM) return optional
  return fold(sum(bytes, offset, totalBytes, pseudo + totalBytes)) === 0
}

/** The header. The payload is already in place behind it; `pseudo` as in verify. */
export function emit(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  payloadBytes: number,
  pseudo: number,
): void {
  const totalBytes = HEADER_BYTES + payloadBytes
  put16(bytes, offset, sourcePort)
  put16(bytes, offset + 2, destinationPort)
  put16(bytes, offset + 4, totalBytes)
  put16(bytes, offset + 6, NO_CHECKSUM)
  const check = fold(sum(bytes, offset, totalBytes, pseudo + totalBytes))
  // RFC 768: a sum of zero goes out as all ones, for zero says that there is none.
  put16(bytes, offset + 6, check === NO_CHECKSUM ? 0xffff : check)
}
