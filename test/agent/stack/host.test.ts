import t from 'tap'
import { Host } from '../../../agent/stack/host.ts'
import { Stack } from '../../../agent/stack/stack.ts'
import * as icmp from '../../../agent/wire/icmp.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import { ipFrame } from './frames.ts'
import { address, LOCAL, LOCAL_MAC, options, persona, TestLink, TestWorld } from './world.ts'

const host = (kind: string): Host =>
  new Host(
    LOCAL,
    persona(kind),
    LOCAL_MAC,
    Uint8Array.from({ length: 16 }, (_, i) => i * 17),
  )

t.test('IP IDs', async (t) => {
  const linux = host('linux')
  t.same([linux.nextIpId(), linux.nextIpId()], [0, 0], 'Linux: 0 where DF is set')
  t.equal(linux.countedIpId(), (linux.countedIpId() - 1) & 0xffff, 'and counted elsewhere')
  t.not(linux.flowIpId(1, 2), linux.flowIpId(1, 3), 'a start of its own for each flow')
  const windows = host('windows')
  const first = windows.nextIpId()
  t.same([windows.nextIpId(), windows.nextIpId()], [first + 1, first + 2], 'Windows: one counter')
  for (let i = 0; i < 70_000; i++) if (windows.nextIpId() > 0xffff) t.fail('more than 16 bits')
})

t.test('timestamps', async (t) => {
  const linux = host('linux')
  const at = linux.timestamp(1, 5000)
  t.equal((linux.timestamp(1, 6000) - at) | 0, 1000, 'a thousand ticks a second')
  t.equal((linux.timestamp(1, 2 ** 33 + 5000) - at) | 0, 0, 'around the clock')
  t.not(linux.timestamp(2, 5000), at, 'another visitor sees another clock')
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
