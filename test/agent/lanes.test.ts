import t from 'tap'
import { loadConfig } from '../../agent/config.ts'
import { lanes, shareOf, workersOf } from '../../agent/lanes.ts'
import type { PacketListener, PacketThread } from '../../agent/packets.ts'
import type {
  FromThread,
  ThreadInput,
  ThreadStatus,
  ToThread,
} from '../../agent/thread-messages.ts'

const config = (over: readonly (readonly [key: string, value: string])[] = []) =>
  loadConfig(undefined, [
    { key: 'interface', value: 'eth1', from: '--interface' },
    { key: 'address', value: '192.0.2.1/24', from: '--address' },
    ...over.map(([key, value]) => ({ key, value, from: `--${key}` })),
  ])

class Puppet implements PacketThread {
  readonly told: ToThread[] = []
  says: PacketListener = { hear() {}, failed() {}, exited() {} }
  closed = false
  open(listener: PacketListener): void {
    this.says = listener
  }
  tell(message: ToThread): void {
    this.told.push(message)
  }
  async close(): Promise<void> {
    this.closed = true
  }
}

const puppets = () => [new Puppet(), new Puppet(), new Puppet()] as const
const input: ThreadInput = {
  lane: undefined,
  config: config([['budgets.gates_per_identity', '10']]),
  persona: 'auto',
  seed: new Uint8Array(32),
  extraPorts: [],
  since: 0,
  exemptPorts: [],
}
const status = (n: number): ThreadStatus => ({
  stack: { frames: n },
  udp: { datagrams: 2 * n },
  link: { received: 3 * n },
  machines: 1,
  flows: n,
  failures: 0,
  recordLost: 0,
  unjudged: n,
})

function started() {
  const threads = puppets()
  const heard: FromThread[] = []
  const ends: string[] = []
  const all = lanes(threads)
  all.open({
    hear: (message) => heard.push(message),
    failed: (error) => ends.push(error.message),
    exited: () => ends.push('exited'),
  })
  all.tell({ kind: 'start', input })
  return { all, threads, heard, ends }
}

t.test('the first begins the group, the others join it, all go at once', async (t) => {
  const { threads, heard } = started()
  const [first, second, third] = threads
  t.match(first.told, [{ kind: 'start', input: { lane: { of: 3, group: undefined } } }])
  t.same(second.told, [], 'the first must be member 0')
  first.says.hear({ kind: 'joined', group: 7 })
  t.match(second.told, [{ kind: 'start', input: { lane: { of: 3, group: 7 } } }])
  third.says.hear({ kind: 'joined', group: 7 })
  t.equal(first.told.length, 1, 'not before the last has joined')
  second.says.hear({ kind: 'joined', group: 7 })
  for (const { told } of threads) t.same(told.at(-1), { kind: 'go' })
  first.says.hear({ kind: 'ready' })
  second.says.hear({ kind: 'ready' })
  t.same(heard, [])
  third.says.hear({ kind: 'ready' })
  t.same(heard, [{ kind: 'ready' }])
})

t.test('status is the sum of all, stopped is when all have', async (t) => {
  const { all, threads, heard } = started()
  all.tell({ kind: 'status' })
  all.tell({ kind: 'status' })
  const [first, second, third] = threads
  first.says.hear({ kind: 'status', status: status(1) })
  first.says.hear({ kind: 'status', status: status(1000) })
  second.says.hear({ kind: 'status', status: status(10) })
  t.same(heard, [])
  third.says.hear({ kind: 'status', status: status(100) })
  t.same(heard, [{ kind: 'status', status: status(111) }], 'each with the answers to one question')
  all.tell({ kind: 'stop' })
  for (const { told } of threads) t.same(told.at(-1), { kind: 'stop' })
  for (const { says } of threads) {
    t.equal(heard.length, 1)
    says.hear({ kind: 'stopped' })
  }
  t.same(heard.at(-1), { kind: 'stopped' })
})

t.test('events, faults and ends pass through', async (t) => {
  const { all, threads, heard, ends } = started()
  const [first, second, third] = threads
  const events: FromThread = { kind: 'events', lines: new Uint8Array(2) }
  second.says.hear(events)
  first.says.hear({ kind: 'fault', message: 'no such interface' })
  t.same(heard, [events, { kind: 'fault', message: 'no such interface' }])
  third.says.failed(new Error('our bug'))
  first.says.exited()
  second.says.exited()
  t.same(ends, ['our bug'])
  third.says.exited()
  t.same(ends, ['our bug', 'exited'])
  await all.close()
  t.ok(threads.every(({ closed }) => closed))
})

t.test('what is bounded for the sensor is shared out', async (t) => {
  const whole = config([
    ['budgets.gates_per_identity', '10'],
    ['flow.max', '100'],
    ['record.directory', '/tmp/frames'],
    ['record.files', '4'],
  ])
  const parts = [0, 1, 2].map((lane) => shareOf(whole, lane, 3))
  const total = (of: (config: (typeof parts)[number]) => number): number =>
    parts.reduce((sum, part) => sum + of(part), 0)
  t.equal(
    total(({ budgets }) => budgets.gates_per_identity),
    10,
  )
  t.equal(
    total(({ flow }) => flow.max),
    100,
  )
  t.equal(
    total(({ record }) => record?.files ?? 0),
    4,
  )
  t.equal(new Set(parts.map(({ record }) => record?.directory)).size, 3, 'no two write one file')
  t.equal(parts[2]?.budgets.gates_per_source, 4, 'a source meets one worker: its budget is whole')
  t.match(shareOf(config([['budgets.gates_per_identity', '0']]), 0, 3), {
    budgets: { gates_per_identity: 0 },
    record: undefined,
  })
})

t.test('how many', async (t) => {
  t.equal(workersOf(config(), 8), 1, 'one unless asked')
  t.equal(workersOf(config([['workers', '3']]), 1), 3)
  const auto = config([['workers', 'auto']])
  t.same(
    [1, 2, 4, 64].map((cores) => workersOf(auto, cores)),
    [1, 1, 3, 16],
  )
  const pcap = [['link', 'pcap']] as const
  t.equal(workersOf(config([...pcap, ['workers', 'auto']]), 8), 1)
  t.throws(() => workersOf(config([...pcap, ['workers', '2']]), 8), /need the ring/)
  for (const value of ['0', '17', 'many', '1.5'])
    t.throws(() => config([['workers', value]]), /--workers: workers: use 1 to 16, or auto/, value)
})
