/** Neighbour discovery (RFC 4861): messages inside ICMPv6 (icmp6.ts), whose checksum is not looked at here. */
import { NEIGHBOUR_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, ROUTER_ADVERTISEMENT } from './icmp6.ts'
import { i32, put16, put32, u16 } from './integers.ts'
import { ADDRESS_BYTES, isMulticast, putAddress } from './ipv6.ts'

/** Of a solicitation or advertisement without options. */
export const NEIGHBOUR_BYTES = 24
export const ROUTER_SOLICITATION_BYTES = 8
const ROUTER_ADVERTISEMENT_BYTES = 16
/** Of a link-layer address option over Ethernet. */
export const LINK_OPTION_BYTES = 8

/** Flags of a neighbour advertisement. */
export const ROUTER = 0x80
export const SOLICITED = 0x40
export const OVERRIDE = 0x20
/** Flags of a prefix. */
export const ON_LINK = 0x80
export const AUTONOMOUS = 0x40

export const MAX_OPTIONS = 16
const SOURCE_LINK = 1
const TARGET_LINK = 2
const PREFIX = 3
const MTU = 5

export type Ndp = {
  /** ICMPv6 type. */
  type: number
  /** Of an advertisement, as its sender set them. */
  flags: number
  /** Offset of the target in the buffer that was parsed; of a router advertisement -1. */
  target: number
  /** The hardware address that came with it (of an advertisement the target's, else the sender's). */
  linked: boolean
  linkHigh: number
  linkLow: number
  /** Of a router advertisement: its hop limit, lifetime in seconds, MTU (0: not told). */
  hopLimit: number
  lifetime: number
  mtu: number
  /** Offset of the 16 bytes of the first prefix that addresses may be made of, else of the first; -1: none. */
  prefix: number
  prefixBits: number
  prefixFlags: number
  /** In seconds; -1 is for ever. */
  validLifetime: number
  preferredLifetime: number
}
export const blankNdp = (): Ndp => ({
  type: 0,
  flags: 0,
  target: -1,
  linked: false,
  linkHigh: 0,
  linkLow: 0,
  hopLimit: 0,
  lifetime: 0,
  mtu: 0,
  prefix: -1,
  prefixBits: 0,
  prefixFlags: 0,
  validLifetime: 0,
  preferredLifetime: 0,
})

/** `length` in bytes is the whole ICMPv6 message. False: none of the three that are read, or not valid (RFC 4861 6.1.2, 7.1). */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Ndp): boolean {
  if (length < ROUTER_ADVERTISEMENT_BYTES || bytes[offset + 1] !== 0) return false
  const type = bytes[offset] as number
  const router = type === ROUTER_ADVERTISEMENT
  if (!router) {
    if (type !== NEIGHBOUR_SOLICITATION && type !== NEIGHBOUR_ADVERTISEMENT) return false
    if (length < NEIGHBOUR_BYTES || isMulticast(bytes, offset + 8)) return false
  }
  into.type = type
  into.target = router ? -1 : offset + 8
  into.linked = false
  into.prefix = -1
  into.mtu = 0
  into.hopLimit = router ? (bytes[offset + 4] as number) : 0
  into.flags = bytes[offset + (router ? 5 : 4)] as number
  into.lifetime = router ? u16(bytes, offset + 6) : 0
  const first = offset + (router ? ROUTER_ADVERTISEMENT_BYTES : NEIGHBOUR_BYTES)
  return options(bytes, first, offset + length, into)
}

function options(bytes: Uint8Array, begin: number, end: number, into: Ndp): boolean {
  const own = into.type === NEIGHBOUR_ADVERTISEMENT ? TARGET_LINK : SOURCE_LINK
  let at = begin
  for (let count = 0; at < end; count++) {
    if (count === MAX_OPTIONS || at + 8 > end) return false
    const length = 8 * (bytes[at + 1] as number)
    // RFC 4861 4.6: of length 0 there is none.
    if (length === 0 || at + length > end) return false
    const type = bytes[at] as number
    if (type === own && length === LINK_OPTION_BYTES) {
      into.linked = true
      into.linkHigh = u16(bytes, at + 2)
      into.linkLow = i32(bytes, at + 4)
    } else if (into.type === ROUTER_ADVERTISEMENT) {
      if (type === MTU && length === 8) into.mtu = i32(bytes, at + 4) >>> 0
      else if (type === PREFIX && length === 32) prefix(bytes, at, into)
    }
    at += length
  }
  return true
}

function prefix(bytes: Uint8Array, at: number, into: Ndp): void {
  const bits = bytes[at + 2] as number
  const flags = bytes[at + 3] as number
  if (bits > 128) return
  if (into.prefix >= 0 && (into.prefixFlags & AUTONOMOUS || !(flags & AUTONOMOUS))) return
  into.prefix = at + 16
  into.prefixBits = bits
  into.prefixFlags = flags
  into.validLifetime = i32(bytes, at + 4)
  into.preferredLifetime = i32(bytes, at + 8)
}

// Type, code and checksum are for icmp6.seal. Each returns the length of the message in bytes.

/** Without `mac` it asks whether anyone has the address (RFC 4862 5.4.2). */
export function emitSolicitation(
  bytes: Uint8Array,
  offset: number,
  target: Int32Array,
  mac: Uint8Array | undefined,
): number {
  put32(bytes, offset + 4, 0)
  putAddress(bytes, offset + 8, target)
  return NEIGHBOUR_BYTES + emitLink(bytes, offset + NEIGHBOUR_BYTES, SOURCE_LINK, mac)
}

export function emitAdvertisement(
  bytes: Uint8Array,
  offset: number,
  flags: number,
  target: Int32Array,
  mac: Uint8Array | undefined,
): number {
  put32(bytes, offset + 4, flags << 24)
  putAddress(bytes, offset + 8, target)
  return NEIGHBOUR_BYTES + emitLink(bytes, offset + NEIGHBOUR_BYTES, TARGET_LINK, mac)
}

export function emitRouterSolicitation(
  bytes: Uint8Array,
  offset: number,
  mac: Uint8Array | undefined,
): number {
  put32(bytes, offset + 4, 0)
  return (
    ROUTER_SOLICITATION_BYTES +
    emitLink(bytes, offset + ROUTER_SOLICITATION_BYTES, SOURCE_LINK, mac)
  )
}

function emitLink(
  bytes: Uint8Array,
  offset: number,
  type: number,
  mac: Uint8Array | undefined,
): number {
  if (mac === undefined) return 0
  put16(bytes, offset, (type << 8) | 1)
  bytes.set(mac, offset + 2)
  return LINK_OPTION_BYTES
}

/** ff02::1:ff and the last 24 bits of the address: the group that is asked for it (RFC 4291 2.7.1). */
export function solicitedNode(address: Int32Array, into: Int32Array): void {
  into[0] = 0xff020000 | 0
  into[1] = 0
  into[2] = 1
  into[3] = 0xff000000 | (address[3] as number)
}

/** Does the group at `at` belong to the address at `address`? */
export const isSolicitedNode = (bytes: Uint8Array, at: number, address: number): boolean =>
  i32(bytes, at) === (0xff020000 | 0) &&
  i32(bytes, at + 4) === 0 &&
  i32(bytes, at + 8) === 1 &&
  i32(bytes, at + 12) === (0xff000000 | i32(bytes, address + ADDRESS_BYTES - 4))

/** The hardware address of a group is 33:33 and its last 32 bits (RFC 2464 7). */
export const GROUP_MAC_HIGH = 0x3333
