/**
 * From what a capture file calls a link type (tcpdump.org/linktypes.html) to one of the two kinds of
 * frame that a Link carries. VLAN tags come off, as the kernel takes them off on the way to a ring.
 */
export type LinkKind = 'ethernet' | 'raw'

export type LinkFrame = { readonly bytes: Uint8Array; readonly link: LinkKind }

const MAX_TAGS = 4
const MAC_BYTES = 12
const NULL_BYTES = 4
const SLL_BYTES = 16
const SLL_PROTOCOL = 14
const SLL2_BYTES = 20
const SLL2_PROTOCOL = 0
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100]

/** How to read frames of one link type; undefined for a type that no Link carries. */
export function linkLayer(
  linkType: number,
): ((bytes: Uint8Array) => LinkFrame | undefined) | undefined {
  switch (linkType) {
    case 1:
      return ethernet
    case 0: // NULL: an address family in the byte order of the machine that captured
    case 108: // LOOP: the same in network byte order
      return (bytes) => bareIp(bytes.subarray(NULL_BYTES))
    case 12:
    case 14:
    case 101: // RAW, by its three numbers
    case 228: // IPV4
    case 229: // IPV6
      return bareIp
    case 113:
      return (bytes) => cooked(bytes, SLL_PROTOCOL, SLL_BYTES)
    case 276:
      return (bytes) => cooked(bytes, SLL2_PROTOCOL, SLL2_BYTES)
    default:
      return undefined
  }
}

function ethernet(bytes: Uint8Array): LinkFrame {
  const tags = tagBytes(bytes, MAC_BYTES)
  if (tags === 0) return { bytes, link: 'ethernet' }
  const untagged = bytes.slice(tags)
  untagged.set(bytes.subarray(0, MAC_BYTES))
  return { bytes: untagged, link: 'ethernet' }
}

/** The type is told by the packet itself; what is not IP is no frame of ours. */
function bareIp(bytes: Uint8Array): LinkFrame | undefined {
  const version = (bytes[0] ?? 0) >> 4
  return version === 4 || version === 6 ? { bytes, link: 'raw' } : undefined
}

/** A Linux cooked header keeps the VLAN tags behind it, each followed by the next type. */
function cooked(bytes: Uint8Array, protocol: number, header: number): LinkFrame | undefined {
  if (!isTag(bytes, protocol)) return bareIp(bytes.subarray(header))
  return bareIp(bytes.subarray(header + 4 + tagBytes(bytes, header + 2)))
}

/** Bytes of the VLAN tags that begin with the type at `at`. */
function tagBytes(bytes: Uint8Array, at: number): number {
  let tags = 0
  while (tags < MAX_TAGS && isTag(bytes, at + tags * 4)) tags++
  return tags * 4
}

function isTag(bytes: Uint8Array, at: number): boolean {
  return VLAN_TYPES.includes(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
}
