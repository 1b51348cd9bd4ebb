/** A datagram in the link's own buffer, in the persona's manner. */
import { pseudoHeader, pseudoHeader6 } from '../wire/checksum.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as wire from '../wire/udp.ts'
import type { Transmit } from './transmit.ts'
import type { UdpFlow } from './udp-flow.ts'

/** False: no room on the link. `payload` fits the link (UdpFlow.allowance). */
export function sendDatagram(transmit: Transmit, flow: UdpFlow, payload: Uint8Array): boolean {
  const at = transmit.reserve()
  if (at < 0) return false
  const { host, remoteAddress: remote, remoteWords } = flow
  const { out } = transmit
  const { ttl, df, hopLimit, ipid } = host.persona.traits
  const six = host.words !== undefined && remoteWords !== undefined
  const udpAt = at + host.headerBytes
  const bytes = wire.HEADER_BYTES + payload.length
  out.set(payload, udpAt + wire.HEADER_BYTES)
  const pseudo = six
    ? pseudoHeader6(host.words, remoteWords, ipv4.UDP, 0)
    : pseudoHeader(host.address, remote, ipv4.UDP, 0)
  wire.emit(out, udpAt, flow.localPort, flow.remotePort, payload.length, pseudo)
  if (six) ipv6.emit(out, at, bytes, 0, 0, ipv4.UDP, hopLimit, host.words, remoteWords)
  else {
    // Linux (whose TCP flows count for themselves) sends 0 from a socket that is not connected.
    const id = ipid.flow === 'flow-counter' && df ? 0 : host.ipId(ipid.flow, remote)
    ipv4.emit(out, at, bytes, 0, id, df, ttl, ipv4.UDP, host.address, remote)
  }
  transmit.commit(at, host.headerBytes + bytes, host, flow.macHigh, flow.macLow)
  return true
}
