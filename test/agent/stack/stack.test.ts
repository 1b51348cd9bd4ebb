/** What scripts cannot say: the link's side, the world's side, and what a caller may do in a callback. */
import t from 'tap'
import type { Flow } from '../../../agent/stack/flow.ts'
import { Stack, type StackOptions } from '../../../agent/stack/stack.ts'
import * as ethernet from '../../../agent/wire/ethernet.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { ipFrame, segment, tcpFrame } from './frames.ts'
import { LOCAL, options, persona, TestLink, TestWorld } from './world.ts'

class Net {
  readonly sent: Uint8Array[] = []
  readonly world = new TestWorld()
  readonly link: TestLink
  readonly stack: Stack
  #acknowledgment = 0

  constructor(over: Partial<StackOptions> = {}, mtu = 1500) {
    this.link = new TestLink((frame, length) => this.sent.push(frame.slice(0, length)), mtu)
    this.stack = new Stack(this.link, this.world, options(over), 0)
  }

  receive(frame: Uint8Array, now = 0): void {
    this.stack.receive(frame, 0, frame.length, true, now)
  }

  send(flags: number, sequence: number, port = 40_000, payload = new Uint8Array(0), now = 0): void {
    const acknowledgment = this.#acknowledgment
    const spec = { sourcePort: port, destinationPort: 80, sequence, flags, payload, acknowledgment }
    this.receive(tcpFrame({ ...spec, options: flags === tcp.SYN ? 'mss 1460' : '' }), now)
  }

  open(port = 40_000): Flow | undefined {
    this.send(tcp.SYN, 0, port)
    this.#acknowledgment = (this.last().sequence + 1) | 0
    this.send(tcp.ACK, 1, port)
    return this.world.flows.at(-1)
  }

  last(): tcp.Tcp & { length: number } {
    const frame = this.sent.at(-1) as Uint8Array
    const s = tcp.blankTcp()
    tcp.parse(frame, 34, frame.length - 34, s)
    return { ...s, length: frame.length }
  }
}

t.test('no segment is larger than the link', async (t) => {
  const net = new Net({}, 1400)
  net.open()?.write(new Uint8Array(5000))
  net.stack.flush(0)
  t.equal(Math.max(...net.sent.map((frame) => frame.length)), 1400 + ethernet.HEADER_BYTES)
})

t.test('a full link loses frames and nothing else', async (t) => {
  const net = new Net()
  const flow = net.open()
  net.link.full = true
  const before = net.sent.length
  net.send(tcp.SYN, 0, 40_001)
  flow?.write(new Uint8Array(100))
  net.stack.flush(0)
  t.equal(net.sent.length, before)
  t.ok(net.stack.lostSend >= 2)
  net.link.full = false
  net.stack.tick(2000)
  t.equal(net.last().payloadBytes, 100, 'and what was to be sent is sent')
})

t.test('a FIN that finds the link full is sent later', async (t) => {
  const net = new Net()
  const flow = net.open()
  net.link.full = true
  flow?.end()
  net.stack.flush(0)
  net.link.full = false
  for (let now = 0; now < 3000; now += 100) net.stack.tick(now)
  t.equal(net.last().flags & tcp.FIN, tcp.FIN)
})

t.test('a tag of a VLAN is read over', async (t) => {
  const net = new Net()
  const frame = tcpFrame({ sourcePort: 1, destinationPort: 80, sequence: 0, flags: tcp.SYN })
  net.receive(Uint8Array.of(...frame.subarray(0, 12), 0x81, 0, 0, 7, ...frame.subarray(12)))
  t.equal(net.stack.stats.synAcks, 1)
})

t.test('the frame may lie anywhere in its buffer, and is not kept', async (t) => {
  const net = new Net()
  const flow = net.open()
  const from = {
    sourcePort: 40_000,
    destinationPort: 80,
    acknowledgment: (net.last().sequence + 1) | 0,
  }
  const data = (sequence: number, text: string): Uint8Array =>
    tcpFrame({ ...from, sequence, flags: tcp.ACK, payload: Buffer.from(text) })
  for (const frame of [data(4, 'def'), data(1, 'abc')]) {
    const buffer = new Uint8Array(300).fill(0xff)
    buffer.set(frame, 99)
    net.stack.receive(buffer, 99, frame.length, true, 0)
    buffer.fill(0)
  }
  t.equal(flow?.take()?.toString(), 'abcdef')
})

t.test('who writes from outside wakes the world', async (t) => {
  const net = new Net()
  const flow = net.open()
  net.stack.flush(0)
  const { woken } = net.world
  flow?.write(Uint8Array.of(1))
  t.equal(net.world.woken, woken + 1)
  net.stack.flush(0)
  flow?.reset()
  t.equal(net.world.woken, woken + 2, 'a reset too has to be flushed')
})

t.test('a flow may be reset in the moment it is accepted', async (t) => {
  const net = new Net()
  net.world.onAccept = (flow) => flow.reset()
  net.open()
  net.stack.flush(0)
  t.equal(net.stack.flows, 0)
  t.equal(net.last().flags & tcp.RST, tcp.RST)
  t.same(net.sent.at(-1)?.subarray(0, 6), Uint8Array.of(2, 0, 0, 9, 9, 9), 'to the right machine')
})

t.test('who hears of an end may end others, even those of the packet at hand', async (t) => {
  const net = new Net({ flows: { ...options().flows, maxFlows: 2 } })
  const one = net.open(40_001) as Flow
  const two = net.open(40_002) as Flow
  one.onActivity = () => two.reset()
  two.onActivity = () => one.reset()
  const three = net.open(40_003)
  net.stack.flush(0)
  t.same([one.ending, two.ending].sort(), ['evicted', 'shutdown'])
  t.equal(three?.remote.port, 40_003, 'the newcomer is who it is')
  t.equal(net.stack.flows, 1)
})

t.test('the end is told once, and last', async (t) => {
  const net = new Net()
  const flow = net.open() as Flow
  let told = 0
  flow.onActivity = () => {
    if (flow.ending !== undefined) told++
  }
  net.send(tcp.RST, 1)
  net.send(tcp.RST, 1)
  for (let now = 0; now < 700_000; now += 5000) net.stack.tick(now)
  t.equal(told, 1)
})

t.test('rotation: a live flow keeps its persona, a new one gets the new', async (t) => {
  const net = new Net()
  const old = net.open(40_001)
  net.world.personas.set(LOCAL, persona('windows'))
  const fresh = net.open(40_002)
  t.same([old?.persona.id, fresh?.persona.id], ['linux', 'windows'])
  net.world.personas.clear()
  net.send(tcp.SYN, 0, 40_003)
  t.equal(net.stack.stats.notOurs, 1)
})

t.test('rotation: the hardware address of before still reaches the host', async (t) => {
  const net = new Net()
  const old = net.open(40_001)
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1)
  net.world.personas.set(LOCAL, { ...persona('windows'), mac })
  net.send(tcp.ACK, 1, 40_001, Buffer.from('abc'))
  t.equal(old?.take()?.toString(), 'abc', 'a neighbour that has heard nothing yet')
  const frame = tcpFrame({ sourcePort: 1, destinationPort: 80, sequence: 0, flags: tcp.SYN })
  frame.set(mac)
  net.receive(frame)
  t.same(net.sent.at(-1)?.subarray(6, 12), mac)
  net.world.personas.set(LOCAL, { ...persona('dvr'), mac: Uint8Array.of(2, 0, 0, 0, 0, 2) })
  net.send(tcp.SYN, 0, 40_002)
  t.equal(net.stack.stats.otherMac, 1, 'two changes ago is another machine')
})

t.test('an exempt port is the host’s own business', async (t) => {
  const net = new Net({ exempt: (port) => port === 80 })
  net.send(tcp.SYN, 0)
  net.send(tcp.ACK, 1)
  t.same([net.sent.length, net.stack.stats.exempt], [0, 2])
})

t.test('ids are of 16 digits and differ', async (t) => {
  const net = new Net()
  const ids = new Set<string>()
  for (let port = 40_000; port < 40_200; port++) ids.add(net.open(port)?.id ?? '')
  t.equal(ids.size, 200)
  for (const id of ids) if (!/^[0-9a-f]{16}$/.test(id)) t.fail(id)
})

t.test('a frame cut at every length is malformed, and counted', async (t) => {
  const net = new Net()
  const whole = ipFrame(
    ipv4.TCP,
    segment({ sourcePort: 1, destinationPort: 80, sequence: 0, flags: 2 }),
  )
  for (let length = 0; length < whole.length; length++) net.stack.receive(whole, 0, length, true, 0)
  t.equal(net.stack.stats.malformed, whole.length)
})
