/** Multicast listener reports (RFC 3810): a switch that listens in forwards a group only where one was seen. */
import { HOP_BY_HOP, ICMP6 } from './extensions6.ts'
import { LISTENER_REPORT, seal } from './icmp6.ts'
import { put16, put32 } from './integers.ts'
import { putAddress } from './ipv6.ts'

/** The hop-by-hop header with the router alert that a report needs (RFC 3810 5, RFC 2711). */
const ALERT_BYTES = 8
const REPORT_BYTES = 28
/** All that stands behind the IPv6 header; the first of it is the hop-by-hop header. */
export const BYTES = ALERT_BYTES + REPORT_BYTES
export const FIRST_HEADER = HOP_BY_HOP
/** What the report's pseudo-header names. */
export const PROTOCOL = ICMP6
export const CHECKED_BYTES = REPORT_BYTES

/** Types of a record: what the host listens to, and that it begins to. */
export const IS_EXCLUDE = 2
export const TO_EXCLUDE = 4

/** "I listen to `group`, whoever sends." `seed`: of the pseudo-header over PROTOCOL and CHECKED_BYTES. */
export function emit(
  bytes: Uint8Array,
  offset: number,
  record: number,
  group: Int32Array,
  seed: number,
): void {
  put32(bytes, offset, (ICMP6 << 24) | 0x0000_0502)
  // Router alert 0 (MLD), then padding of two bytes.
  put32(bytes, offset + 4, 0x0000_0100)
  const at = offset + ALERT_BYTES
  put16(bytes, at + 4, 0)
  put16(bytes, at + 6, 1)
  put32(bytes, at + 8, record << 24)
  putAddress(bytes, at + 12, group)
  seal(bytes, at, LISTENER_REPORT, 0, REPORT_BYTES, seed)
}
