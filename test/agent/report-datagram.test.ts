import t from 'tap'
import type { Finding } from '../../agent/behaviour/finding.ts'
import { communityId } from '../../agent/fingerprint/community-id.ts'
import { findingEvent, observationEvent, type Stamp } from '../../agent/report.ts'
import { datagramsEvent } from '../../agent/report-datagram.ts'
import { IDLE_MS } from '../../agent/stack/udp.ts'
import { OPEN, QUIET, UdpScene } from './stack/udp-scene.ts'

const WALL = Date.UTC(2026, 0, 2, 3, 4, 30)
const stamp: Stamp = {
  sensor: 'here',
  id: (now) => `id-${now}`,
  now: () => WALL,
  sha256: (bytes) => `sha256 of ${bytes.length}`,
}
const COMMUNITY = communityId('udp', '192.0.2.7', 40_000, '198.51.100.3', OPEN)

t.test('a flow that was served', async (t) => {
  const scene = new UdpScene()
  scene.onDatagram = (flow) => {
    flow.protocol = 'dns'
    flow.reply(Buffer.from('ok'))
  }
  scene.send(OPEN, 'que\0', 1_000)
  scene.send(OPEN, 'ry', 3_500)
  scene.udp.expire(3_500 + IDLE_MS)
  const { flow, payload, now } = scene.ended[0] as (typeof scene.ended)[0]
  t.same(datagramsEvent(stamp, flow, payload, now), {
    '@timestamp': '2026-01-02T03:04:30.000Z',
    event: {
      id: `id-${WALL}`,
      action: 'connection',
      kind: 'event',
      category: ['network'],
      severity: 1,
      start: '2026-01-02T03:03:57.500Z',
      end: '2026-01-02T03:04:00.000Z',
      duration: 2_500_000_000,
      reason: 'idle',
    },
    observer: { name: 'here', type: 'honeypot' },
    source: { ip: '192.0.2.7', port: 40_000, bytes: 6, packets: 2 },
    destination: { ip: '198.51.100.3', port: OPEN, bytes: 4 },
    network: { transport: 'udp', protocol: 'dns', community_id: COMMUNITY },
    cuttle: {
      flow: flow.id,
      identity: 'linux',
      persona: 'linux',
      door: 'persona',
      verified: false,
      payload: { sha256: 'sha256 of 6', preview: 'que\\x00ry', bytes: 6 },
    },
  })
})

t.test('a datagram without a byte to a silent port', async (t) => {
  const scene = new UdpScene()
  scene.send(QUIET, '', 0)
  scene.udp.closeAll(0)
  const { flow, payload, now } = scene.ended[0] as (typeof scene.ended)[0]
  const event = datagramsEvent(stamp, flow, payload, now)
  t.notOk('door' in event.cuttle)
  t.notOk('payload' in event.cuttle)
  t.match(event, { event: { reason: 'shutdown', duration: 0 }, network: { protocol: 'generic' } })
})

t.test('what was seen in it, and what it amounts to', async (t) => {
  const scene = new UdpScene()
  scene.send(OPEN, 'query', 0)
  const { flow } = scene.served[0] as (typeof scene.served)[0]
  const shared = {
    network: { transport: 'udp', protocol: 'dns', community_id: COMMUNITY },
    cuttle: { flow: flow.id, door: 'persona', verified: false },
  }
  t.match(observationEvent(stamp, flow, 'dns', { kind: 'command', text: 'ls' }), {
    ...shared,
    event: { action: 'command' },
    process: { command_line: 'ls' },
  })
  const finding: Finding = {
    action: 'exploit',
    severity: 7,
    ruleId: 'r',
    ruleName: 'n',
    cves: [],
    techniques: ['T1190'],
    indicators: [],
  }
  t.match(findingEvent(stamp, flow, 'dns', finding), { ...shared, rule: { id: 'r' } })
})
