import t from 'tap'
import { Host } from '../../../agent/stack/host.ts'
import {
  IDLE_MS,
  MAX_REPLIES,
  PROVEN_AHEAD_BYTES,
  RECORDED,
  REFUSED,
  REFUSED_REPORTS_PER_SECOND,
  SERVED,
  SERVED_PER_SECOND,
} from '../../../agent/stack/udp.ts'
import { MAX_KEPT_BYTES } from '../../../agent/stack/udp-table.ts'
import { CLOSED, OPEN, QUIET, UdpScene, udpPersona } from './udp-scene.ts'
import { LOCAL, LOCAL_MAC, REMOTE } from './world.ts'

t.test('open is served, closed refuses, silent is silent: all are recorded', async (t) => {
  const scene = new UdpScene()
  t.equal(scene.send(OPEN, 'query', 0), SERVED)
  t.equal(scene.send(CLOSED, 'probe', 1), REFUSED)
  t.equal(scene.send(QUIET, 'worm', 2), RECORDED)
  t.equal(scene.send(OPEN, '', 3, 40_001), RECORDED, 'nothing is nothing to serve')
  t.same(
    scene.served.map(({ payload }) => payload.toString()),
    ['query'],
    'a copy: the buffer has been used again',
  )
  t.equal(scene.udp.flows, 4)
  t.same(scene.sent, [])
  scene.udp.expire(IDLE_MS + 3)
  t.same(
    scene.ended.map(({ flow, payload }) => [flow.localPort, flow.door, payload.toString()]),
    [
      [OPEN, 'persona', 'query'],
      [OPEN, 'persona', ''],
      [CLOSED, undefined, 'probe'],
      [QUIET, undefined, 'worm'],
    ],
  )
  t.match(scene.udp.stats, { datagrams: 4, served: 1, refused: 1, silent: 1, empty: 1 })
})

t.test(
  'a flow: what it counts, how it is named, when it ends, and that it ends once',
  async (t) => {
    const scene = new UdpScene()
    scene.onDatagram = (flow) => flow.reply(Buffer.from('ok'))
    scene.send(OPEN, 'abc', 100)
    scene.send(OPEN, 'defgh', 200)
    scene.udp.expire(200 + IDLE_MS - 1)
    t.equal(scene.ended.length, 0)
    scene.udp.expire(200 + IDLE_MS)
    scene.udp.expire(200 + 2 * IDLE_MS)
    scene.udp.closeAll(200 + 2 * IDLE_MS)
    t.equal(scene.ended.length, 1)
    const { flow, payload } = scene.ended[0] as (typeof scene.ended)[0]
    t.match(flow, { bytesIn: 8, bytesOut: 4, datagramsIn: 2, datagramsOut: 2, ending: 'idle' })
    t.match(flow, { openedAt: 100, lastAt: 200, transport: 'udp', macHigh: 2, macLow: 9 })
    t.equal(payload.toString(), 'abcdefgh')
    t.match(flow.id, /^[0-9a-f]{16}$/)
    t.same(flow.remote, { address: '192.0.2.7', port: 40_000 })
    t.same(flow.local, { address: '198.51.100.3', port: OPEN })
    t.notOk(flow.reply(Buffer.from('x')), 'who is gone gets nothing')
    t.equal(flow.allowance, 0)
  },
)

t.test('a flow is one of its ports, its addresses and its host', async (t) => {
  const scene = new UdpScene()
  scene.send(QUIET, 'a', 0)
  scene.send(QUIET, 'a', 0, 40_001)
  scene.send(QUIET + 1, 'a', 0)
  scene.send(QUIET, 'a', 0, 40_000, REMOTE + 1)
  t.equal(scene.udp.flows, 4)
  scene.send(QUIET, 'a', 1)
  t.equal(scene.udp.flows, 4, 'and this is the first')
  scene.host = new Host(LOCAL, undefined, udpPersona({ id: 'next' }), LOCAL_MAC, 0)
  scene.send(QUIET, 'a', 2)
  t.equal(scene.udp.flows, 5, 'another persona on duty')
  scene.udp.expire(IDLE_MS + 2)
  t.same(
    scene.ended.map(({ flow }) => flow.persona.id),
    ['linux', 'linux', 'linux', 'linux', 'next'],
  )
  t.equal(new Set(scene.ended.map(({ flow }) => flow.id)).size, 5)
})

t.test(
  'a pause ends a flow although nobody called expire; who never pauses is told of too',
  async (t) => {
    const scene = new UdpScene()
    scene.send(QUIET, 'a', 0)
    scene.send(QUIET, 'b', IDLE_MS)
    t.same([scene.ended.length, scene.ended[0]?.flow.ending], [1, 'idle'])
    let now = IDLE_MS
    for (; scene.ended.length === 1 && now < 3_600_000; now += 10_000) scene.send(QUIET, 'c', now)
    t.equal(scene.ended[1]?.flow.ending, 'expired')
    t.equal(scene.ended[1]?.now, IDLE_MS + 600_000)
  },
)

t.test('who is heard of stays, the longest silent goes', async (t) => {
  const scene = new UdpScene()
  for (let i = 0; i < 8_192; i++) scene.send(QUIET, 'a', i & 1, i)
  scene.send(QUIET, 'a', 10, 0)
  scene.send(QUIET, 'new', 20, 9_000)
  t.match(scene.ended[0]?.flow, { remotePort: 1, ending: 'evicted' })
  scene.udp.expire(9 + IDLE_MS)
  t.notOk(scene.ended.some(({ flow }) => flow.remotePort === 0))
  scene.send(QUIET, 'new', IDLE_MS + 15, 9_001)
  while (scene.udp.flows < 8_192) scene.send(QUIET, 'a', IDLE_MS + 15, 10_000 + scene.udp.flows)
  scene.send(QUIET, 'a', 2 * IDLE_MS, 9_002)
  t.equal(scene.ended.at(-1)?.flow.ending, 'idle', 'whose time was over is not evicted')
})

t.test('a flow that is forgotten without a report is over too', async (t) => {
  const scene = new UdpScene()
  for (let i = 0; i < 8_192 + 300; i++) scene.send(OPEN, 'query', 0, i)
  const first = scene.served.slice(0, 300).map(({ flow }) => flow)
  t.ok(scene.ended.length < 300)
  t.ok(first.every((flow) => flow.ending === 'evicted' && !flow.reply(Uint8Array.of(1))))
  t.same(scene.sent, [])
})

t.test('at most 512 bytes are kept, over all datagrams', async (t) => {
  const scene = new UdpScene()
  scene.send(QUIET, 'x'.repeat(500), 0)
  scene.send(QUIET, 'y'.repeat(1400), 0)
  scene.udp.closeAll(0)
  const payload = scene.ended[0]?.payload.toString() ?? ''
  t.equal(payload, 'x'.repeat(500) + 'y'.repeat(MAX_KEPT_BYTES - 500))
  t.equal(scene.ended[0]?.flow.bytesIn, 1900)
})

t.test('never more out than in, in bytes and in datagrams', async (t) => {
  const scene = new UdpScene()
  const said: unknown[] = []
  scene.onDatagram = (flow) => {
    said.push(flow.allowance, flow.reply(new Uint8Array(11)), flow.reply(new Uint8Array(6)))
    said.push(flow.reply(new Uint8Array(0)), flow.allowance)
  }
  scene.send(OPEN, '0123456789', 0)
  t.same(said.splice(0), [10, false, true, false, 0])
  scene.send(OPEN, 'a', 1)
  t.same(said.splice(0), [5, false, false, true, 0], 'what was left and what came')
  t.same(
    scene.sent.map(({ payload }) => payload.length),
    [6, 0],
  )
  t.match(scene.udp.stats, { replies: 2, repliesRefused: 4 })
})

t.test('never more out than in: whatever a service tries, whatever a visitor sends', async (t) => {
  const scene = new UdpScene()
  let state = 7
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  let received = 0
  let wrong = 0
  scene.onDatagram = (flow) => {
    for (let i = draw(5); i > 0; i--) flow.reply(new Uint8Array(draw(1600)))
    if (flow.bytesOut > flow.bytesIn || flow.datagramsOut > flow.datagramsIn) wrong++
  }
  for (let i = 0; i < 3000; i++) {
    const bytes = draw(1200)
    received += bytes
    scene.send(OPEN, 'x'.repeat(bytes), i * draw(30), 40_000 + draw(50))
  }
  const sent = scene.sent.reduce((sum, { payload }) => sum + payload.length, 0)
  t.equal(wrong, 0)
  t.ok(sent > 0 && sent <= received, `${sent} of ${received}`)
  t.ok(scene.sent.length <= 3000)
})

t.test('a proven visitor may be 8 KiB behind, in datagrams that the link carries', async (t) => {
  const scene = new UdpScene()
  scene.proven = true
  const rooms: number[] = []
  scene.onDatagram = (flow) => {
    rooms.push(flow.allowance)
    while (flow.reply(new Uint8Array(flow.allowance)));
  }
  // `reply` of nothing is still a datagram: the answers of one flow are bounded.
  scene.send(OPEN, 'q', 0)
  t.same(rooms, [1500 - 28])
  const bytes = scene.sent.reduce((sum, { payload }) => sum + payload.length, 0)
  t.equal(bytes, PROVEN_AHEAD_BYTES + 1)
  t.equal(scene.sent.length, MAX_REPLIES)
})

t.test('two servers set upon each other fall silent', async (t) => {
  const scene = new UdpScene()
  scene.onDatagram = (flow, payload) => flow.reply(payload)
  for (let i = 0; i < 3 * MAX_REPLIES; i++) scene.send(OPEN, 'error', i, OPEN)
  t.equal(scene.sent.length, MAX_REPLIES)
})

t.test(
  'port 0 can be answered by nobody; a full link loses a reply and nothing else',
  async (t) => {
    const scene = new UdpScene()
    scene.onDatagram = (flow) => flow.reply(Uint8Array.of(1))
    t.equal(scene.send(OPEN, 'q', 0, 0), SERVED)
    t.equal(scene.udp.stats.repliesRefused, 1)
    scene.full = true
    scene.send(OPEN, 'q', 0)
    scene.full = false
    t.match(scene.udp.stats, { repliesLost: 1, replies: 0 })
    t.equal(scene.served[1]?.flow.bytesOut, 0)
  },
)

t.test('doors all: every port is served', async (t) => {
  const scene = new UdpScene({ doors: 'all' })
  t.same([scene.send(QUIET, 'a', 0), scene.send(CLOSED, 'a', 0)], [SERVED, SERVED])
  scene.send(OPEN, 'a', 0)
  t.same(
    scene.served.map(({ flow }) => flow.door),
    ['all', 'all', 'persona'],
  )
})

t.test('a flood of forged sources: memory, reports and those who came before', async (t) => {
  const scene = new UdpScene()
  const { stats } = scene.udp
  scene.send(OPEN, 'a real client', 0)
  const COUNT = 100_000
  for (let i = 0; i < COUNT; i++) scene.send(QUIET, 'flood', i >> 5, i & 0xffff, i * 2_654_435)
  const seconds = Math.ceil(COUNT / 32_000)
  t.equal(scene.udp.flows, 8_192 + 1)
  t.ok(scene.ended.length > 0 && scene.ended.length <= seconds * REFUSED_REPORTS_PER_SECOND)
  t.equal(scene.ended.length, stats.reported)
  t.equal(stats.reported + stats.unreported + scene.udp.flows, stats.flows)
  t.equal(stats.unreported, stats.unreportedDatagrams)
  t.equal(stats.unreportedBytes, 5 * stats.unreported)
  t.equal(stats.evicted, COUNT - 8_192)
  t.ok(scene.ended.every(({ flow }) => flow.ending === 'evicted'))
  t.notOk(scene.ended.some(({ flow }) => flow.localPort === OPEN))
  // What is left is told of in the course of time, none of it lost.
  const before = stats.unreported
  for (let now = 40_000; scene.udp.flows > 0 && now < 400_000; now += 1000) {
    const told = scene.ended.length
    scene.udp.expire(now)
    scene.udp.expire(now + 1)
    if (scene.ended.length - told > REFUSED_REPORTS_PER_SECOND + 1) t.fail(`too many at ${now}`)
  }
  t.equal(scene.udp.flows, 0)
  t.equal(stats.unreported, before)
  t.equal(scene.ended.filter(({ flow }) => flow.localPort === OPEN).length, 1)
})

t.test('objects that the world has seen are its own, the others are used again', async (t) => {
  const scene = new UdpScene()
  for (let i = 0; i < 40_000; i++) scene.send(QUIET, `${i}`, 0, i & 0xffff, i)
  const kept = scene.ended.map(({ flow, payload }) => [flow, payload.toString()] as const)
  t.equal(kept.length, REFUSED_REPORTS_PER_SECOND)
  for (const [i, [flow, text]] of kept.entries()) {
    t.equal(text, `${i}`)
    t.equal(flow.remoteAddress, i, 'the oldest went first, and is what it was')
  }
  const { stats } = scene.udp
  const told = scene.ended.length
  for (let now = IDLE_MS; scene.udp.flows > 0; now += 1000) scene.udp.expire(now)
  const texts = scene.ended.slice(told).map(({ payload }) => Number(payload.toString()))
  t.equal(texts.length, 8_192)
  t.same(
    texts,
    texts.map((_, i) => 40_000 - 8_192 + i),
    'each with its own payload, in order',
  )
  t.equal(stats.datagrams, 40_000)
})

t.test('a flood of an open port: so many are served in a second', async (t) => {
  const scene = new UdpScene()
  for (let i = 0; i < SERVED_PER_SECOND + 500; i++) scene.send(OPEN, 'q', 0, 1 + (i % 100))
  t.equal(scene.served.length, SERVED_PER_SECOND)
  t.equal(scene.udp.stats.unserved, 500)
  t.equal(scene.send(OPEN, 'q', 1000), SERVED)
})

t.test('shutdown: open flows first, and bounded', async (t) => {
  const scene = new UdpScene()
  for (let i = 0; i < 5_000; i++) scene.send(QUIET, 'a', 0, i)
  scene.send(OPEN, 'q', 0)
  scene.udp.closeAll(1)
  t.equal(scene.udp.flows, 0)
  t.equal(scene.ended.length, 2_001)
  t.match(scene.ended[0]?.flow, { localPort: OPEN, ending: 'shutdown' })
  t.equal(scene.udp.stats.unreported, 3_000)
})
