/** The event of a UDP flow. What was seen in it is in report.ts, as for TCP. */
import { preview } from '../protocols/generic/preview.ts'
import type { SensorEvent } from './event.ts'
import { community, iso, NETWORK, observer, PREVIEW_CHARS, type Stamp } from './report.ts'
import type { UdpFlow } from './stack/udp-flow.ts'

/**
 * One for each reported flow, at its end. `payload`: its first bytes. `now`: the stack's time, in ms.
 * Without a door the port was closed or silent. It begins and ends with its datagrams; its own time is later by the idle time-out.
 */
export function datagramsEvent(
  stamp: Stamp,
  flow: UdpFlow,
  payload: Uint8Array,
  now: number,
): SensorEvent {
  const wall = stamp.now()
  const { remote, local, persona, door, openedAt, lastAt } = flow
  return {
    '@timestamp': iso(wall),
    event: {
      id: stamp.id(wall),
      action: 'connection',
      kind: 'event',
      category: NETWORK,
      severity: 1,
      start: iso(wall - (now - openedAt)),
      end: iso(wall - (now - lastAt)),
      duration: Math.round(lastAt - openedAt) * 1_000_000,
      reason: flow.ending ?? 'idle',
    },
    observer: observer(stamp),
    source: {
      ip: remote.address,
      port: remote.port,
      bytes: flow.bytesIn,
      packets: flow.datagramsIn,
    },
    destination: { ip: local.address, port: local.port, bytes: flow.bytesOut },
    network: {
      transport: 'udp',
      protocol: flow.protocol,
      community_id: community('udp', remote, local),
    },
    cuttle: {
      flow: flow.id,
      identity: persona.identity.id,
      persona: persona.id,
      ...(door !== undefined && { door }),
      verified: false,
      ...(payload.length > 0 && {
        payload: {
          sha256: stamp.sha256(payload),
          preview: preview(payload, PREVIEW_CHARS),
          bytes: payload.length,
        },
      }),
    },
  }
}
