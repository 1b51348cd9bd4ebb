/** What a reply looks like on the wire. */
import t from 'tap'
import { Host } from '../../../agent/stack/host.ts'
import { Transmit } from '../../../agent/stack/transmit.ts'
import { sendDatagram } from '../../../agent/stack/udp-send.ts'
import { pseudoHeader, pseudoHeader6 } from '../../../agent/wire/checksum.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import * as ipv6 from '../../../agent/wire/ipv6.ts'
import * as wire from '../../../agent/wire/udp.ts'
import { OPEN, UdpScene, udpPersona } from './udp-scene.ts'
import { LOCAL, LOCAL_MAC, REMOTE, TestLink } from './world.ts'

t.test('IPv4', async (t) => {
  const frames: Uint8Array[] = []
  const transmit = new Transmit(
    new TestLink((frame, length) => frames.push(frame.slice(0, length))),
  )
  const scene = new UdpScene({ send: (flow, payload) => sendDatagram(transmit, flow, payload) })
  scene.onDatagram = (flow) => flow.reply(Buffer.from('pong!'))
  scene.send(OPEN, 'ping?', 0)
  const frame = frames[0] as Uint8Array
  t.same([...frame.subarray(0, 6)], [0, 2, 0, 0, 0, 9])
  const ip = ipv4.blankIpv4()
  t.ok(ipv4.parse(frame, 14, frame.length - 14, ip))
  t.match(ip, { source: LOCAL, destination: REMOTE, protocol: 17, ttl: 64, payloadBytes: 13 })
  const udp = wire.blankUdp()
  t.ok(wire.parse(frame, 34, 13, udp))
  t.match(udp, { sourcePort: OPEN, destinationPort: 40_000, payloadBytes: 5 })
  t.ok(wire.verify(frame, 34, 13, pseudoHeader(LOCAL, REMOTE, 17, 0), false))
  t.equal(Buffer.from(frame.subarray(42)).toString(), 'pong!')
})

t.test('IPv6', async (t) => {
  const frames: Uint8Array[] = []
  const transmit = new Transmit(
    new TestLink((frame, length) => frames.push(frame.slice(0, length))),
  )
  const scene = new UdpScene({ send: (flow, payload) => sendDatagram(transmit, flow, payload) })
  const local = Int32Array.of(0x20010db8, 0, 0, 3)
  const remote = Int32Array.of(0x20010db8, 0, 1, 7)
  scene.host = new Host(0xf0000001 | 0, local, udpPersona(), LOCAL_MAC, 0)
  scene.peer.words.set(remote)
  scene.onDatagram = (flow) => flow.reply(Buffer.from('pong!'))
  scene.send(OPEN, 'ping?', 0, 40_000, 0xf0000002 | 0)
  // The peer is used again: the flow has the address for itself.
  scene.peer.words.fill(0)
  const flow = scene.served[0]?.flow
  t.same(flow?.remote, { address: '2001:db8::1:0:7', port: 40_000 })
  t.same(flow?.local, { address: '2001:db8::3', port: OPEN })
  const frame = frames[0] as Uint8Array
  const ip = ipv6.blankIpv6()
  t.ok(ipv6.parse(frame, 14, frame.length - 14, ip))
  t.match(ip, { protocol: 17, hopLimit: 64, payloadBytes: 13 })
  t.ok(ipv6.isAddress(frame, ip.source, local) && ipv6.isAddress(frame, ip.destination, remote))
  t.ok(wire.verify(frame, 54, 13, pseudoHeader6(local, remote, 17, 0), false))
})

t.test('a full link', async (t) => {
  const link = new TestLink()
  const transmit = new Transmit(link)
  const scene = new UdpScene({ send: (flow, payload) => sendDatagram(transmit, flow, payload) })
  link.full = true
  scene.onDatagram = (flow) => flow.reply(Buffer.from('pong!'))
  scene.send(OPEN, 'ping?', 0)
  t.equal(transmit.lost, 1)
  t.equal(scene.udp.stats.repliesLost, 1)
  t.equal(link.stats().sent, 0)
})
