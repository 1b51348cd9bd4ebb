/** ICMP echo, answered with what was sent: never more bytes out than in. */
import * as wire from '../wire/icmp.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Host } from './host.ts'
import type { Peer, Transmit } from './transmit.ts'

/** True when an answer went out. `bytes` holds the message (checksum verified) at `offset`. */
export function echo(
  transmit: Transmit,
  host: Host,
  peer: Peer,
  ip: ipv4.Ipv4,
  bytes: Uint8Array,
  offset: number,
  length: number,
  mtu: number,
): boolean {
  if (ipv4.HEADER_BYTES + length > mtu) return false
  const at = transmit.reserve()
  if (at < 0) return false
  const out = transmit.out
  const message = at + ipv4.HEADER_BYTES
  for (let i = 0; i < length; i++) out[message + i] = bytes[offset + i] as number
  const traits = host.persona.traits
  // Linux sends back the code of the request, Windows 0.
  const code = traits.layout === 'windows' ? 0 : (bytes[offset + 1] as number)
  wire.seal(out, message, wire.ECHO_REPLY, code, length)
  ipv4.emit(
    out,
    at,
    length,
    ip.tos,
    host.countedIpId(),
    false,
    traits.ttl,
    ipv4.ICMP,
    host.address,
    peer.address,
  )
  transmit.commit(at, ipv4.HEADER_BYTES + length, host, peer.macHigh, peer.macLow)
  return true
}
