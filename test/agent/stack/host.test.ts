import t from 'tap'
import { Host } from '../../../agent/stack/host.ts'
import { Stack } from '../../../agent/stack/stack.ts'
import * as icmp from '../../../agent/wire/icmp.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import type { IpIdRule, Traits } from '../../../rotation/traits.ts'
import { ipFrame } from './frames.ts'
import { address, LOCAL, LOCAL_MAC, options, persona, TestLink, TestWorld } from './world.ts'

const host = (kind: string, over: Partial<Traits> = {}): Host => {
  const who = persona(kind)
  return new Host(
    LOCAL,
    undefined,
    { ...who, traits: { ...who.traits, ...over }, skewPpm: 0 },
    LOCAL_MAC,
    0,
  )
}

t.test('IP IDs', async (t) => {
  const one = host('linux')
  const step = (rule: IpIdRule, to = 1): number => {
    const first = one.ipId(rule, to)
    return (one.ipId(rule, to) - first) & 0xffff
  }
  t.same([one.ipId('zero', 1), one.ipId('zero', 1)], [0, 0])
  for (const rule of ['host-counter', 'destination-counter', 'own-counter'] as const)
    t.equal(step(rule), 1, rule)
  t.ok(step('random-steps') > 1000, 'what no small increment is')
  const counted = one.ipId('destination-counter', 1)
  one.ipId('destination-counter', 2)
  t.equal(
    one.ipId('destination-counter', 1),
    (counted + 1) & 0xffff,
    'another visitor’s are not counted',
  )
  const all = one.ipId('host-counter', 1)
  t.equal(one.ipId('host-counter', 2), (all + 1) & 0xffff, 'here they are')
  const random = new Set(Array.from({ length: 1000 }, () => one.ipId('random', 1)))
  t.ok(random.size > 900)
  for (const rule of ['host-counter', 'random-steps', 'random'] as const)
    for (let i = 0; i < 70_000; i++) if (one.ipId(rule, 1) > 0xffff) t.fail('more than 16 bits')
  t.not(one.flowIpId(1, 2), one.flowIpId(1, 3), 'a start of its own for each flow')
})

t.test('timestamps', async (t) => {
  const linux = host('linux')
  const at = linux.timestamp(1, 7, 5000)
  t.equal((linux.timestamp(1, 7, 6000) - at) | 0, 1000, 'a thousand ticks a second')
  t.equal((linux.timestamp(1, 7, 2 ** 33 + 5000) - at) | 0, 0, 'around the clock')
  t.not(linux.timestamp(2, 7, 5000), at, 'another visitor sees another clock')
  t.equal(linux.timestamp(1, 8, 5000), at, 'another connection the same')
  const connection = host('linux', { timestamps: { hz: 100, offset: 'connection' } })
  t.not(connection.timestamp(1, 8, 5000), connection.timestamp(1, 7, 5000))
  const boot = host('linux', { timestamps: { hz: 100, offset: 'boot' } })
  t.equal(boot.timestamp(2, 8, 5000), 500, 'ticks since boot')
  const who = persona()
  const fast = new Host(LOCAL, undefined, { ...who, skewPpm: 50 }, LOCAL_MAC, 0)
  const drift = (fast.timestamp(1, 7, 1e9) - fast.timestamp(1, 7, 0)) | 0
  t.equal(drift, 1e9 + 50_000, 'a clock that is 50 ppm fast')
})

t.test('initial sequence numbers', async (t) => {
  const hashed = host('linux', { isn: { kind: 'hashed', perSecond: 250_000 } })
  const at = hashed.initialSequence(1, 7, 99, 1000)
  t.equal((hashed.initialSequence(1, 7, 5, 2000) - at) | 0, 250_000, 'RFC 6528: the clock runs')
  t.not(hashed.initialSequence(1, 8, 99, 1000), at, 'another connection is another number')
  const linear = host('linux', {
    isn: { kind: 'linear', perSecond: 1_000_000, noise: 100, step: 2 },
  })
  const first = linear.initialSequence(1, 7, 99, 1000)
  const ahead = (linear.initialSequence(2, 8, 99, 2000) - first) | 0
  t.ok(Math.abs(ahead - 1_000_000) <= 100, 'one clock for all')
  t.equal(first % 2, 0)
  t.equal(linear.initialSequence(1, 7, 99, 1000), first, 'the same SYN, the same number')
})

t.test('echo: the code and the ID as the family does it', async (t) => {
  for (const [kind, code] of [
    ['linux', 9],
    ['windows', 0],
  ] as const) {
    const ip = ipv4.blankIpv4()
    const message = icmp.blankIcmp()
    const ids: number[] = []
    const link = new TestLink((frame, length) => {
      t.ok(ipv4.parse(frame, 14, length - 14, ip))
      t.ok(icmp.parse(frame, ip.payload, ip.payloadBytes, message))
      t.same([ip.dontFragment, ip.destination, message.type], [false, address('192.0.2.7'), 0])
      t.equal(message.code, code)
      ids.push(ip.id)
    })
    const stack = new Stack(link, new TestWorld(persona(kind)), options(), 0)
    const request = new Uint8Array(16)
    icmp.seal(request, 0, icmp.ECHO_REQUEST, 9, request.length)
    const frame = ipFrame(ipv4.ICMP, request)
    for (let i = 0; i < 2; i++) stack.receive(frame, 0, frame.length, true, 0)
    t.equal(ids[1], ((ids[0] ?? 0) + 1) & 0xffff, kind)
  }
})
