/**
 * Was the transport checksum left to the sender's hardware? The kernel then has put the sum of the
 * pseudo-header where the checksum goes (CHECKSUM_PARTIAL, linux/skbuff.h), which a finished
 * checksum equals once in 65,536. The ring has this from the kernel; libpcap and capture files do
 * not carry it.
 */
const ETHERNET_BYTES = 14
const TYPE_IPV4 = 0x0800
const TYPE_IPV6 = 0x86dd
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const FRAGMENT_OFFSET = 0x1fff
const TCP = 6
const UDP = 17

export function leftToHardware(
  bytes: Uint8Array,
  offset: number,
  length: number,
  ethernet: boolean,
): boolean {
  const end = offset + length
  let at = offset
  if (ethernet) {
    if (length < ETHERNET_BYTES) return false
    const type = word(bytes, at + 12)
    if (type !== TYPE_IPV4 && type !== TYPE_IPV6) return false
    at += ETHERNET_BYTES
  }
  const first = bytes[at] ?? 0
  return first >> 4 === 6
    ? partialV6(bytes, at, end)
    : first >> 4 === 4 && partialV4(bytes, at, end)
}

// RFC 791, section 3.1
function partialV4(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < IPV4_BYTES || (word(bytes, at + 6) & FRAGMENT_OFFSET) !== 0) return false
  const headerBytes = ((bytes[at] ?? 0) & 15) * 4
  const carried = word(bytes, at + 2) - headerBytes
  return partial(bytes, at + 12, 8, bytes[at + 9] ?? 0, carried, at + headerBytes, end)
}

// RFC 8200, section 3
function partialV6(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < IPV6_BYTES) return false
  const carried = word(bytes, at + 4)
  return partial(bytes, at + 8, 32, bytes[at + 6] ?? 0, carried, at + IPV6_BYTES, end)
}

function partial(
  bytes: Uint8Array,
  addresses: number,
  addressBytes: number,
  protocol: number,
  carried: number,
  transport: number,
  end: number,
): boolean {
  if (protocol !== TCP && protocol !== UDP) return false
  const field = transport + (protocol === TCP ? 16 : 6)
  if (carried <= 0 || field + 2 > end) return false
  let sum = protocol + carried
  for (let i = 0; i < addressBytes; i += 2) sum += word(bytes, addresses + i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum === word(bytes, field)
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
