/** Run inside a namespace: what comes back of IP packets sent into a tun interface, by one kind of link. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openPcap } from '../../../agent/link/pcap.ts'
import { openRing } from '../../../agent/link/ring.ts'

const PACKETS = 20
const OVERTIME_MS = 3000
const EXPERIMENTAL = 253 // RFC 3692: protocol for experiments

/** An IPv4 or IPv6 packet from and to documentation addresses. */
function packet(id: number): Uint8Array {
  const v6 = id % 2 === 1
  const bytes = new Uint8Array(100 + id).fill(id)
  const view = new DataView(bytes.buffer)
  if (v6) {
    view.setUint32(0, 0x60000000)
    view.setUint16(4, bytes.length - 40)
    bytes.set([EXPERIMENTAL, 64], 6)
    bytes.set([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 8)
    bytes.set([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], 24)
  } else {
    view.setUint32(0, (0x4500 << 16) | bytes.length)
    view.setUint32(4, ((id + 1) << 16) | 0x4000)
    bytes.set([64, EXPERIMENTAL, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2], 8)
    let sum = 0
    for (let at = 0; at < 20; at += 2) sum += view.getUint16(at)
    view.setUint16(10, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff)
  }
  return bytes
}

const [, , kind, tun = ''] = process.argv
const holder = spawn(tun, ['tun0'], { stdio: ['ignore', 'pipe', 'inherit'] })
await once(holder.stdout, 'data')
execFileSync('ip', ['link', 'set', 'tun0', 'up'])
execFileSync('sysctl', ['-qw', 'net.ipv6.conf.tun0.disable_ipv6=0'])
execFileSync('ip', ['-6', 'route', 'add', '2001:db8::/32', 'dev', 'tun0'])

const link = kind === 'ring' ? openRing('tun0') : openPcap('tun0')
const got: string[] = []
const done = Promise.withResolvers<void>()
const overtime = setTimeout(done.resolve, OVERTIME_MS)
link.open(
  (bytes, offset, length) => {
    const frame = Buffer.from(bytes.subarray(offset, offset + length))
    const protocol = (frame[0] ?? 0) >> 4 === 6 ? frame[6] : frame[9]
    if (protocol === EXPERIMENTAL) got.push(frame.toString('hex'))
    if (got.length === PACKETS) done.resolve()
  },
  () => {},
)
// pcap loses what its first block holds (pcap.ts): this is for it to lose.
const sent: string[] = []
for (let id = kind === 'pcap' ? -1 : 0; id < PACKETS; id++) {
  const bytes = packet(Math.max(id, 0))
  const at = link.reserve()
  link.out.set(bytes, at)
  link.commit(bytes.length)
  if (id >= 0) sent.push(Buffer.from(bytes).toString('hex'))
  if (id < 0) {
    link.flush()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
got.length = 0
link.flush()
await done.promise
clearTimeout(overtime)
await new Promise((resolve) => setTimeout(resolve, 50))
holder.kill()
const result = JSON.stringify({ ethernet: link.ethernet, mac: [...link.mac], sent, got })
process.stdout.write(result, () => process.exit())
