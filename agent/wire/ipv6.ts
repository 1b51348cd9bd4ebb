/**
 * IPv6 (RFC 8200): the fixed header; what may follow it is extensions6.ts. An address is four signed
 * 32-bit words in network order, or the offset of its 16 bytes in the buffer at hand.
 */
import { i32, put32, u16 } from './integers.ts'

export const HEADER_BYTES = 40
export const ADDRESS_BYTES = 16
export const SOURCE_AT = 8
export const DESTINATION_AT = 24

export type Ipv6 = {
  /** Where the packet begins in the buffer that was parsed, and how long it is: bytes behind that are padding. */
  packet: number
  totalBytes: number
  trafficClass: number
  flowLabel: number
  hopLimit: number
  /** Offsets into the buffer that was parsed; the destination stands behind the source. */
  source: number
  destination: number
  /** The header at `payload`. After `parse` the first behind the fixed one, after the walk the upper layer's. */
  protocol: number
  payload: number
  payloadBytes: number
  /** Offset of the byte that named `protocol`, counted from the packet's first: where a parameter problem points. */
  namedAt: number
  /** Of a piece of a datagram. The offset is in bytes. */
  fragmentOffset: number
  moreFragments: boolean
  id: number
  /** Of a faulty packet: code and pointer of the parameter problem (RFC 4443 3.4). */
  problem: number
  pointer: number
}
export const blankIpv6 = (): Ipv6 => ({
  packet: 0,
  totalBytes: 0,
  trafficClass: 0,
  flowLabel: 0,
  hopLimit: 0,
  source: 0,
  destination: 0,
  protocol: 0,
  payload: 0,
  payloadBytes: 0,
  namedAt: 0,
  fragmentOffset: 0,
  moreFragments: false,
  id: 0,
  problem: 0,
  pointer: 0,
})

/** False: not IPv6, or cut short. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Ipv6): boolean {
  if (length < HEADER_BYTES) return false
  const first = i32(bytes, offset)
  const payloadBytes = u16(bytes, offset + 4)
  if (first >>> 28 !== 6 || HEADER_BYTES + payloadBytes > length) return false
  into.packet = offset
  into.totalBytes = HEADER_BYTES + payloadBytes
  into.trafficClass = (first >>> 20) & 0xff
  into.flowLabel = first & 0xfffff
  into.hopLimit = bytes[offset + 7] as number
  into.source = offset + SOURCE_AT
  into.destination = offset + DESTINATION_AT
  into.protocol = bytes[offset + 6] as number
  into.payload = offset + HEADER_BYTES
  into.payloadBytes = payloadBytes
  into.namedAt = 6
  into.fragmentOffset = 0
  into.moreFragments = false
  into.id = 0
  into.problem = 0
  into.pointer = 0
  return true
}

/** The fixed header. `payloadBytes` is all that follows it. */
export function emit(
  bytes: Uint8Array,
  offset: number,
  payloadBytes: number,
  trafficClass: number,
  flowLabel: number,
  nextHeader: number,
  hopLimit: number,
  source: Int32Array,
  destination: Int32Array,
): void {
  put32(bytes, offset, 0x60000000 | (trafficClass << 20) | flowLabel)
  bytes[offset + 4] = payloadBytes >>> 8
  bytes[offset + 5] = payloadBytes
  bytes[offset + 6] = nextHeader
  bytes[offset + 7] = hopLimit
  putAddress(bytes, offset + SOURCE_AT, source)
  putAddress(bytes, offset + DESTINATION_AT, destination)
}

/** A fragment header (RFC 8200 4.5). `fragment`: the offset in bytes, with 1 when more follow. */
export function emitFragment(
  bytes: Uint8Array,
  offset: number,
  nextHeader: number,
  fragment: number,
  id: number,
): void {
  bytes[offset] = nextHeader
  bytes[offset + 1] = 0
  bytes[offset + 2] = fragment >>> 8
  bytes[offset + 3] = fragment
  put32(bytes, offset + 4, id)
}

export function putAddress(bytes: Uint8Array, at: number, words: Int32Array): void {
  put32(bytes, at, words[0] as number)
  put32(bytes, at + 4, words[1] as number)
  put32(bytes, at + 8, words[2] as number)
  put32(bytes, at + 12, words[3] as number)
}

export function getAddress(bytes: Uint8Array, at: number, into: Int32Array): void {
  into[0] = i32(bytes, at)
  into[1] = i32(bytes, at + 4)
  into[2] = i32(bytes, at + 8)
  into[3] = i32(bytes, at + 12)
}

/** Is it this address that stands at `at`? */
export const isAddress = (bytes: Uint8Array, at: number, words: Int32Array): boolean =>
  i32(bytes, at + 12) === words[3] &&
  i32(bytes, at + 8) === words[2] &&
  i32(bytes, at + 4) === words[1] &&
  i32(bytes, at) === words[0]

/** ff00::/8 */
export const isMulticast = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0xff

/** fe80::/10 */
export const isLinkLocal = (bytes: Uint8Array, at: number): boolean =>
  u16(bytes, at) >>> 6 === 0xfe80 >>> 6

/** The address of who has none yet: :: */
export const isUnspecified = (bytes: Uint8Array, at: number): boolean =>
  (i32(bytes, at) | i32(bytes, at + 4) | i32(bytes, at + 8) | i32(bytes, at + 12)) === 0

/** No packet on a wire comes from it: multicast, ::, ::1, or an IPv4 address in IPv6 clothes (RFC 4291 2.5, 2.7). */
export const isMartian = (bytes: Uint8Array, at: number): boolean =>
  isMulticast(bytes, at) ||
  ((i32(bytes, at) | i32(bytes, at + 4)) === 0 &&
    (i32(bytes, at + 8) === 0xffff ||
      (i32(bytes, at + 8) === 0 && i32(bytes, at + 12) >>> 1 === 0)))
