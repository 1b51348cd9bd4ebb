import { execFileSync } from 'node:child_process'
import t from 'tap'
import { addVeth, makeNetns, noRing } from './netns.ts'

const FRAMES_PER_TURN = 4096
/** 60-byte frames in a block of 256 KiB, at 112 bytes or more each. */
const FRAMES_PER_BLOCK = 2341

const unable = noRing()
if (unable) t.comment(`skipped: ${unable}`)
const options = { skip: unable ?? false }

function inside(t: Tap, scenario: string): Promise<unknown> {
  const netns = makeNetns(`ring-${scenario.toLowerCase()}`)
  t.teardown(() => netns.remove())
  addVeth(netns)
  return netns.script('ring-inside.ts', scenario)
}
type Tap = Pick<typeof t, 'teardown'>

t.test('opening tells what is wrong and what helps', options, async (t) => {
  const both = (code: string, message: RegExp) => Array(2).fill({ code, message })
  t.match(await inside(t, 'refusals'), {
    unknown: both('ENODEV', /^nope: no such interface: "ip link" lists what there is$/),
    path: both('ENODEV', /^\.\.\/lo: no such interface/),
    down: both('ENETDOWN', /^lo: the interface is down: ip link set lo up$/),
    blocks: { code: 'EINVAL', message: /^va: / },
    addon: { code: 'MODULE_NOT_FOUND', message: /npm run native$/ },
    unprivileged: both('EPERM', /^va: no permission to take packets: .*CAP_NET_RAW$/),
  })
})

t.test('one turn is bounded', options, async (t) => {
  const result = (await inside(t, 'turns')) as { most: number }
  t.match(result, { received: 12_000, stats: { lostReceive: 0 }, sent: { lostSend: 0 } })
  t.ok(result.most <= FRAMES_PER_TURN + FRAMES_PER_BLOCK, `${result.most} frames at most`)
})

t.test('one turn of pcap is bounded by shedding', options, async (t) => {
  const { first, after } = (await inside(t, 'shedding')) as {
    first: { received: number; stats: { lostReceive: number } }
    after: number
  }
  t.ok(first.received > 0 && first.received <= 16_384, `${first.received} delivered`)
  t.equal(first.received + first.stats.lostReceive, 20_000, 'the others are counted')
  t.equal(after, 10, 'the next turn goes on')
})

t.test('closing in the middle of a delivery', options, async (t) => {
  t.match(await inside(t, 'closing'), {
    lent: 7,
    delivered: 1,
    reserve: -1,
    stats: { received: 1, lostSend: 1 },
  })
})

t.test('the interface goes down and comes back', options, async (t) => {
  t.match(await inside(t, 'downAndUp'), { before: 3, after: 5, trouble: ['ENETDOWN'] })
})

t.test('workers that end with their ring open', options, async (t) => {
  const result = await inside(t, 'workers')
  t.match(result, { counts: [10, 10, 10, 10, 10] })
  t.match(result, { pcap: { code: 'ENOTSUP', message: /main thread only/ } })
})

t.test('frames that the sender left to its hardware', options, async (t) => {
  const here = makeNetns('offload-here')
  t.teardown(() => here.remove())
  const there = makeNetns('offload-there')
  t.teardown(() => there.remove())
  const link = `link add va netns ${there.name} type veth peer name vb netns ${here.name}`
  execFileSync('ip', link.split(' '))
  there.exec('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'va')
  there.exec('ip', 'link', 'set', 'va', 'up')
  here.exec('ip', 'address', 'add', '10.9.0.2/24', 'dev', 'vb')
  here.exec('ip', 'link', 'set', 'vb', 'up')
  const result = (await here.script('ring-inside.ts', 'offload', there.name)) as {
    longest: number
    partial: number
    frames: number
  }
  t.match(result, { drained: 2_000_000, whole: true, ring: { lostReceive: 0 } })
  t.ok(result.longest > 1514, `frames of up to ${result.longest} bytes are delivered whole`)
  t.equal(result.partial, result.frames, 'none has a finished checksum')
  t.match(
    result,
    { same: true },
    'pcap sees the same lengths and finds the same checksums unfinished',
  )
})
