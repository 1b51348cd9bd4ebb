/** Ethernet II with up to two VLAN tags (IEEE 802.3, 802.1Q). */

export const HEADER_BYTES = 14
export const IPV4 = 0x0800
export const ARP = 0x0806
export const IPV6 = 0x86dd

const TAGGED = 0x8100
const DOUBLE_TAGGED = 0x88a8
const MAX_TAGS = 2

/** Offsets point into the buffer that was parsed. */
export type Ethernet = { source: number; destination: number; type: number; payload: number }
export const blankEthernet = (): Ethernet => ({ source: 0, destination: 0, type: 0, payload: 0 })

/** False: too short, or more tags than two. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Ethernet): boolean {
  const end = offset + length
  let at = offset + 12
  for (let tags = 0; tags <= MAX_TAGS; tags++) {
    if (at + 2 > end) return false
    const type = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    if (type !== TAGGED && type !== DOUBLE_TAGGED) {
      into.destination = offset
      into.source = offset + 6
      into.type = type
      into.payload = at + 2
      return true
    }
    at += 4
  }
  return false
}

/** Addresses are 48 bits in two integers: the high 16 and the low 32. */
export function emit(
  bytes: Uint8Array,
  offset: number,
  destinationHigh: number,
  destinationLow: number,
  source: Uint8Array,
  type: number,
): void {
  bytes[offset] = destinationHigh >>> 8
  bytes[offset + 1] = destinationHigh
  bytes[offset + 2] = destinationLow >>> 24
  bytes[offset + 3] = destinationLow >>> 16
  bytes[offset + 4] = destinationLow >>> 8
  bytes[offset + 5] = destinationLow
  for (let i = 0; i < 6; i++) bytes[offset + 6 + i] = source[i] as number
  bytes[offset + 12] = type >>> 8
  bytes[offset + 13] = type
}
