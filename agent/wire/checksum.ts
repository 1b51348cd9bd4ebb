/** The Internet checksum (RFC 1071), over any part of a larger buffer. */

/** Ones' complement partial sum of `length` bytes at `offset`, not yet folded; `seed` chains parts of even length. */
export function sum(bytes: Uint8Array, offset: number, length: number, seed: number): number {
  let total = seed
  const even = offset + (length & ~1)
  let at = offset
  for (; at < even; at += 2) total += ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  if (length & 1) total += (bytes[at] as number) << 8
  return total
}

/** The checksum field for a partial sum: folded and inverted. Over a valid packet it is 0. */
export function fold(total: number): number {
  let folded = (total & 0xffff) + Math.floor(total / 0x10000)
  folded = (folded & 0xffff) + (folded >>> 16)
  folded = (folded & 0xffff) + (folded >>> 16)
  return ~folded & 0xffff
}

/** Partial sum of the IPv4 pseudo-header (RFC 9293 3.1): addresses as int32, length of the TCP or UDP segment in bytes. */
export function pseudoHeader(
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  return (
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff) +
    protocol +
    length
  )
}

/** Partial sum of the IPv6 pseudo-header (RFC 8200 8.1): addresses as four words, length of the upper-layer packet in bytes. */
export function pseudoHeader6(
  source: Int32Array,
  destination: Int32Array,
  protocol: number,
  length: number,
): number {
  let total = protocol + length
  for (let i = 0; i < 4; i++) {
    const a = source[i] as number
    const b = destination[i] as number
    total += (a >>> 16) + (a & 0xffff) + (b >>> 16) + (b & 0xffff)
  }
  return total
}

/** The same for the addresses of a packet at hand: `source` is the offset of the first, behind which stands the other. */
export const pseudoHeader6At = (
  bytes: Uint8Array,
  source: number,
  protocol: number,
  length: number,
): number => sum(bytes, source, 32, protocol + length)
