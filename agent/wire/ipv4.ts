/** IPv4 (RFC 791). Addresses are signed 32-bit integers in network order: 192.0.2.7 is 0xc0000207 | 0. */
import { fold, sum } from './checksum.ts'
import { i32, put32, u16 } from './integers.ts'

export const HEADER_BYTES = 20
export const ICMP = 1
export const TCP = 6
export const UDP = 17
export const DONT_FRAGMENT = 0x4000
export const MORE_FRAGMENTS = 0x2000

export type Ipv4 = {
  /** 4; a stack that puts the facts of an IPv6 packet here says 6. */
  version: 4 | 6
  /** Where the payload begins in the buffer that was parsed, and its length in bytes. */
  payload: number
  payloadBytes: number
  headerBytes: number
  totalBytes: number
  tos: number
  id: number
  dontFragment: boolean
  moreFragments: boolean
  /** In bytes. */
  fragmentOffset: number
  ttl: number
  protocol: number
  source: number
  destination: number
}
export const blankIpv4 = (): Ipv4 => ({
  version: 4,
  payload: 0,
  payloadBytes: 0,
  headerBytes: 0,
  totalBytes: 0,
  tos: 0,
  id: 0,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 0,
  protocol: 0,
  source: 0,
  destination: 0,
})

/** False: not IPv4, impossible lengths, cut short, or a bad header checksum. Bytes after the total length are padding. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Ipv4): boolean {
  if (length < HEADER_BYTES) return false
  const first = bytes[offset] as number
  const headerBytes = (first & 15) * 4
  const totalBytes = u16(bytes, offset + 2)
  if (first >>> 4 !== 4 || headerBytes < HEADER_BYTES) return false
  if (headerBytes > totalBytes || totalBytes > length) return false
  if (fold(sum(bytes, offset, headerBytes, 0)) !== 0) return false
  const fragment = u16(bytes, offset + 6)
  into.version = 4
  into.payload = offset + headerBytes
  into.payloadBytes = totalBytes - headerBytes
  into.headerBytes = headerBytes
  into.totalBytes = totalBytes
  into.tos = bytes[offset + 1] as number
  into.id = u16(bytes, offset + 4)
  into.dontFragment = (fragment & DONT_FRAGMENT) !== 0
  into.moreFragments = (fragment & MORE_FRAGMENTS) !== 0
  into.fragmentOffset = (fragment & 0x1fff) * 8
  into.ttl = bytes[offset + 8] as number
  into.protocol = bytes[offset + 9] as number
  into.source = i32(bytes, offset + 12)
  into.destination = i32(bytes, offset + 16)
  return true
}

/** A header without options, checksum included. `payloadBytes` must already be known. */
export function emit(
  bytes: Uint8Array,
  offset: number,
  payloadBytes: number,
  tos: number,
  id: number,
  dontFragment: boolean,
  ttl: number,
  protocol: number,
  source: number,
  destination: number,
): void {
  const field = dontFragment ? DONT_FRAGMENT : 0
  emitPiece(bytes, offset, payloadBytes, tos, id, field, ttl, protocol, source, destination)
}

/** The same with the whole word of flags and fragment offset (in units of 8 bytes). */
export function emitPiece(
  bytes: Uint8Array,
  offset: number,
  payloadBytes: number,
  tos: number,
  id: number,
  fragment: number,
  ttl: number,
  protocol: number,
  source: number,
  destination: number,
): void {
  const total = HEADER_BYTES + payloadBytes
  bytes[offset] = 0x45
  bytes[offset + 1] = tos
  bytes[offset + 2] = total >>> 8
  bytes[offset + 3] = total
  bytes[offset + 4] = id >>> 8
  bytes[offset + 5] = id
  bytes[offset + 6] = fragment >>> 8
  bytes[offset + 7] = fragment
  bytes[offset + 8] = ttl
  bytes[offset + 9] = protocol
  bytes[offset + 10] = 0
  bytes[offset + 11] = 0
  put32(bytes, offset + 12, source)
  put32(bytes, offset + 16, destination)
  const check = fold(sum(bytes, offset, HEADER_BYTES, 0))
  bytes[offset + 10] = check >>> 8
  bytes[offset + 11] = check
}

/** 192.0.2.7 for 0xc0000207 | 0. */
export const addressText = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`

/** The integer for dotted-quad text; undefined when it is none. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = (value << 8) | Number(part)
  }
  return value
}
