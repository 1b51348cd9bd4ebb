/** Why a capture may hold no visit for a sensor: what its TCP segments are. */
import { fitChecksum } from '../../agent/commands/fit-checksum.ts'
import { frames } from '../../agent/link/replay.ts'
import * as ethernet from '../../agent/wire/ethernet.ts'
import * as ipv4 from '../../agent/wire/ipv4.ts'
import * as tcp from '../../agent/wire/tcp.ts'

const IPV6 = 0x86dd
const LOOPBACK = 127

export function natureOf(path: string): string {
  const frame = ethernet.blankEthernet()
  const ip = ipv4.blankIpv4()
  const segment = tcp.blankTcp()
  let six = 0
  let loops = 0
  let syns = 0
  for (const { bytes, link } of frames(path)) {
    let at = 0
    if (link === 'raw') six += Number((bytes[0] ?? 0) >>> 4 === 6)
    else {
      if (!ethernet.parse(bytes, 0, bytes.length, frame)) continue
      six += Number(frame.type === IPV6)
      if (frame.type !== ethernet.IPV4) continue
      at = frame.payload
    }
    fitChecksum(bytes, at, bytes.length - at, false)
    if (!ipv4.parse(bytes, at, bytes.length - at, ip) || ip.protocol !== ipv4.TCP) continue
    if (!tcp.parse(bytes, ip.payload, ip.payloadBytes, segment)) continue
    if ((segment.flags & (tcp.SYN | tcp.ACK)) !== tcp.SYN) continue
    syns++
    loops += Number(ip.source === ip.destination || ip.source >>> 24 === LOOPBACK)
  }
  if (loops > 0) return 'a machine talks to itself: the stack drops such packets as martians'
  if (syns > 0) return 'SYNs, and no handshake that the stack followed'
  return six > 0 ? 'IPv6, which the stack does not have yet' : 'begins after its handshake'
}
