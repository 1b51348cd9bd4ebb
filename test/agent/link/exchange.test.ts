import t from 'tap'
import { exchangeFrames } from './exchange-frames.ts'
import { addVeth, makeNetns, noRing } from './netns.ts'

const kinds = ['ring', 'pcap'] as const
const pairs = kinds.flatMap((from) => kinds.map((to) => ({ from, to, mtu: 1500 })))
pairs.push({ from: 'ring', to: 'ring', mtu: 9000 })
const unable = noRing()
if (unable) t.comment(`skipped: ${unable}`)

type Result = {
  got: { hex: string; checksums: boolean }[]
  idle: number
  echoes: number
  sender: object
  receiver: { tagged: number }
  after: { reserve: number; received: number }
  mtu: number
}

for (const { from, to, mtu } of pairs)
  t.test(`200 frames from ${from} to ${to}, MTU ${mtu}`, { skip: unable ?? false }, async (t) => {
    const netns = makeNetns(`${from}-${to}-${mtu}`)
    t.teardown(() => netns.remove())
    addVeth(netns, mtu)
    const result = (await netns.script('exchange.ts', from, to)) as Result
    const frames = exchangeFrames(mtu)
    const expected = frames.map(({ expected }) => ({
      hex: Buffer.from(expected).toString('hex'),
      checksums: true,
    }))
    t.strictSame(result.got, expected, 'bytes, order and checksum flag')
    t.equal(result.echoes, 0, 'the sender does not hear itself')
    t.ok(result.idle >= 1, 'idle is called')
    t.match(result.sender, { sent: 200, lostSend: 0, received: 0 })
    t.match(result.receiver, { received: 200, lostReceive: 0, sent: 0, tagged: 40 })
    t.strictSame(result.after, { reserve: -1, received: 200 }, 'after close')
    t.equal(result.mtu, mtu)
  })
