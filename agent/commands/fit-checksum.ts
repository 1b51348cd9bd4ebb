/** Captures whose addresses were changed after the fact keep the header checksums of the old ones. */
import { fold, sum } from '../wire/checksum.ts'
import * as ethernet from '../wire/ethernet.ts'
import { HEADER_BYTES } from '../wire/ipv4.ts'

const CHECKSUM_AT = 10
const frame = ethernet.blankEthernet()

/** Makes the checksum of an IPv4 header fit the header. What is no IPv4 stays as it is. */
export function fitChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  onEthernet: boolean,
): void {
  let at = offset
  if (onEthernet) {
    if (!ethernet.parse(bytes, offset, length, frame) || frame.type !== ethernet.IPV4) return
    at = frame.payload
  }
  const first = bytes[at] ?? 0
  const header = (first & 15) * 4
  if (first >>> 4 !== 4 || header < HEADER_BYTES || at + header > offset + length) return
  bytes[at + CHECKSUM_AT] = 0
  bytes[at + CHECKSUM_AT + 1] = 0
  const check = fold(sum(bytes, at, header, 0))
  bytes[at + CHECKSUM_AT] = check >>> 8
  bytes[at + CHECKSUM_AT + 1] = check
}
