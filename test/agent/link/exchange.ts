/** Run inside a namespace: sends the exchange's frames from interface va by one kind of link, prints what vb got by another. */
import { openPcap } from '../../../agent/link/pcap.ts'
import { openRing } from '../../../agent/link/ring.ts'
import { exchangeFrames } from './exchange-frames.ts'

const OVERTIME_MS = 5000
const open = { ring: openRing, pcap: openPcap }

const [, , from = '', to = ''] = process.argv
if (!(from === 'ring' || from === 'pcap') || !(to === 'ring' || to === 'pcap'))
  throw new Error('exchange.ts ring|pcap ring|pcap')
const sender = open[from]('va')
const receiver = open[to]('vb')
const frames = exchangeFrames(sender.mtu)
const got: { hex: string; checksums: boolean }[] = []
let idle = 0
let echoes = 0

const done = Promise.withResolvers<void>()
const overtime = setTimeout(done.resolve, OVERTIME_MS)
receiver.open(
  (bytes, offset, length, checksums) => {
    const hex = Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')
    got.push({ hex, checksums })
    if (got.length === frames.length) done.resolve()
  },
  () => {
    idle++
  },
)
sender.open(
  () => echoes++,
  () => {},
)
for (const { sent } of frames) {
  const offset = sender.reserve()
  sender.out.set(sent, offset)
  sender.commit(sent.length)
}
sender.flush()
await done.promise
clearTimeout(overtime)
// What would come twice, or come back, comes within this.
await new Promise((resolve) => setTimeout(resolve, 50))
const result = { got, idle, echoes, sender: sender.stats(), receiver: receiver.stats() }
await Promise.all([sender.close(), receiver.close(), sender.close(), receiver.close()])
const after = { reserve: sender.reserve(), received: receiver.stats().received }
const facts = { mac: [...receiver.mac], mtu: receiver.mtu }
// A closed pcap session waits for one more frame (pcap.ts): exit once the answer is out.
process.stdout.write(JSON.stringify({ ...result, after, ...facts }), () => process.exit())
