import t from 'tap'
import { leftToHardware } from '../../../agent/link/partial-checksum.ts'

/** An IPv4 or IPv6 packet of `protocol` with `sum` where the transport checksum goes. */
function packet(version: 4 | 6, protocol: number, sum: number): Uint8Array {
  const header = version === 4 ? 20 : 40
  const bytes = new Uint8Array(header + 24)
  const view = new DataView(bytes.buffer)
  if (version === 4) {
    bytes.set([0x45, 0, 0, bytes.length])
    bytes[9] = protocol
    bytes.set([10, 9, 0, 1, 10, 9, 0, 2], 12)
  } else {
    bytes.set([0x60, 0, 0, 0, 0, 24, protocol])
    bytes.set([0x20, 1], 8)
    bytes.set([0xff, 0xff], 24)
  }
  view.setUint16(header + (protocol === 6 ? 16 : 6), sum)
  return bytes
}

// Folded by hand: 0a09+0001+0a09+0002 + protocol + 24; 2001+ffff + protocol + 24.
const SUM_V4 = 0x1415
const SUM_V6 = 0x2001 // 0x12000 folded

t.test('the sum of the pseudo-header and nothing else', async (t) => {
  for (const protocol of [6, 17]) {
    const v4 = packet(4, protocol, SUM_V4 + protocol + 24)
    const v6 = packet(6, protocol, SUM_V6 + protocol + 24)
    t.ok(leftToHardware(v4, 0, v4.length, false), `IPv4 ${protocol}`)
    t.ok(leftToHardware(v6, 0, v6.length, false), `IPv6 ${protocol}`)
    t.notOk(leftToHardware(packet(4, protocol, 0xbad0), 0, 44, false), 'another sum')
    t.notOk(leftToHardware(packet(6, protocol, 0), 0, 64, false), 'no sum')
    const frame = new Uint8Array(20 + 44)
    frame.set([0x08, 0x00], 6 + 12)
    frame.set(v4, 6 + 14)
    t.ok(leftToHardware(frame, 6, 58, true), 'Ethernet, at an offset')
    frame.set([0x08, 0x06], 6 + 12)
    t.notOk(leftToHardware(frame, 6, 58, true), 'Ethernet that says ARP')
    for (let length = 0; length < v4.length - 24; length++)
      if (leftToHardware(v4, 0, length, false)) t.fail(`cut to ${length} bytes`)
  }
  const fragment = packet(4, 6, SUM_V4 + 6 + 24)
  fragment[7] = 1
  t.notOk(leftToHardware(fragment, 0, 44, false), 'a later fragment has no transport header')
  t.notOk(leftToHardware(packet(4, 1, SUM_V4 + 1 + 24), 0, 44, false), 'ICMP')
})
