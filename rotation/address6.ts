/** The half of an IPv6 address that a machine makes itself. */
import type { Identity } from '../protocols/protocol.ts'

export const INTERFACE_ID_BYTES = 8
/** Bytes of a prefix that counts: a machine makes its own half behind 64 bits (RFC 4291 2.5.1). */
export const PREFIX_BYTES = 8

/**
 * As RFC 7721 3 names them:
 * `eui-64`: from the hardware address (RFC 4291 appendix A): Linux without NetworkManager's or dhcpcd's
 * privacy (embedded and servers), FreeBSD, Cisco IOS, most devices.
 * `constant`: drawn once and the same on every network: Windows since Vista.
 * `stable`: opaque, another on every network (RFC 7217): NetworkManager, Android, Apple.
 */
export const INTERFACE_ID_KINDS = ['eui-64', 'constant', 'stable'] as const
export type InterfaceIdKind = (typeof INTERFACE_ID_KINDS)[number]

/**
 * 8 bytes. `mac`: 6 bytes. `prefix`: the first 8 bytes of the address. `attempt`: how many such addresses
 * were already taken on the link (RFC 7217 5, DAD_Counter). Only `eui-64` tells anything of the hardware.
 */
export function interfaceId(
  identity: Pick<Identity, 'secret'>,
  mac: Uint8Array,
  kind: InterfaceIdKind,
  prefix: Uint8Array,
  attempt = 0,
): Buffer {
  if (kind === 'eui-64') return modifiedEui64(mac)
  const network =
    kind === 'stable' ? `|${Buffer.from(prefix).toString('hex', 0, PREFIX_BYTES)}` : ''
  for (let round = attempt; ; round++) {
    const id = identity.secret(`ipv6 interface id${network}|${round}`, INTERFACE_ID_BYTES)
    // RFC 4941 3.2.1, which Windows' generator follows: the universal bit says local.
    if (kind === 'constant') id[0] = (id[0] as number) & ~2
    if (!isReserved(id)) return id
  }
}

/** RFC 4291 appendix A: ff:fe in the middle, and the universal bit turned over. */
function modifiedEui64(mac: Uint8Array): Buffer {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac
  return Buffer.of(a ^ 2, b, c, 0xff, 0xfe, d, e, f)
}

/** RFC 5453: the routers' anycast address, the block for anycast, and what a proxy or IANA may have. */
function isReserved(id: Buffer): boolean {
  const high = id.readUInt32BE(0)
  const low = id.readUInt32BE(4)
  if (high === 0) return low === 0
  if (high === 0xfdffffff) return low >= 0xffffff80
  return high === 0x02005eff && low >>> 24 === 0xfe
}
