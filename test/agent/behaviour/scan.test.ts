import fc from 'fast-check'
import t from 'tap'
import { PortSets } from '../../../agent/behaviour/port-sets.ts'
import { type ScanFinding, ScanTracker } from '../../../agent/behaviour/scan.ts'
import { MASSCAN, MIRAI, MSS_ONLY } from '../../../agent/fingerprint/scanner.ts'

const SOURCE = 0xc6336401 | 0
const TARGET = 0xc0000207 | 0
const OTHER = 0xc0000208 | 0
const MINUTE = 60_000
const NOON = 29_000_000 * MINUTE

const only = (rows: readonly ScanFinding[]): ScanFinding => {
  if (rows.length !== 1) throw new Error(`${rows.length} rows`)
  return rows[0] as ScanFinding
}

t.test('a sweep of all ports is one row', (t) => {
  const tracker = new ScanTracker()
  for (let port = 1; port <= 65_535; port++)
    tracker.syn(SOURCE, TARGET, port, MASSCAN, NOON + Math.floor(port / 10))
  t.same(tracker.due(NOON + 7000), [], 'not before the minute has ended')
  const row = only(tracker.due(NOON + MINUTE))
  t.match(row, {
    action: 'scan',
    key: `${SOURCE}|29000000`,
    source: SOURCE,
    destinations: [TARGET],
    ports: '1-65535',
    portsCount: 65_535,
    packets: 65_535,
    completed: 0,
    verified: false,
    scanner: 'masscan',
    tool: 'masscan',
    techniques: ['T1046'],
    start: NOON,
    end: NOON + 6553,
  })
  t.same(tracker.due(NOON + MINUTE), [], 'once')
  t.end()
})

t.test('a completed port is a connection', (t) => {
  const tracker = new ScanTracker()
  for (const port of [22, 23, 80, 22]) tracker.syn(SOURCE, TARGET, port, 0, NOON)
  tracker.completed(SOURCE, TARGET, 22, NOON + 50)
  tracker.syn(SOURCE, OTHER, 22, 0, NOON + 60)
  const row = only(tracker.due(NOON + MINUTE))
  t.match(row, { ports: '23,80', portsCount: 2, packets: 5, completed: 1, verified: true })
  t.same(row.destinations, [TARGET, OTHER])
  t.same(row.techniques, ['T1595.001'])

  tracker.syn(SOURCE, TARGET, 22, 0, NOON + MINUTE)
  t.equal(tracker.drafts(NOON + MINUTE).length, 1)
  tracker.completed(SOURCE, TARGET, 22, NOON + MINUTE + 1)
  t.same(tracker.due(NOON + 2 * MINUTE), [], 'nothing but connections: no row')
  t.same(tracker.withdrawn(), [`${SOURCE}|29000001`], 'and its draft is withdrawn')
  t.same(tracker.withdrawn(), [])
  t.end()
})

t.test('drafts: what has changed, under the key of the final row', (t) => {
  const tracker = new ScanTracker()
  tracker.syn(SOURCE, TARGET, 23, MIRAI, NOON)
  tracker.syn(SOURCE + 1, TARGET, 80, MSS_ONLY, NOON)
  const first = tracker.drafts(NOON + 1000)
  t.same(first.map((row) => row.source).sort(), [SOURCE, SOURCE + 1].sort())
  t.same(tracker.drafts(NOON + 2000), [])
  tracker.syn(SOURCE, TARGET, 2323, 0, NOON + 2500)
  const draft = only(tracker.drafts(NOON + 3000))
  t.equal(draft.ports, '23,2323')
  const rows = tracker.due(NOON + MINUTE)
  t.equal(rows.length, 2)
  t.ok(rows.some((row) => row.key === draft.key))
  const mirai = rows.find((row) => row.source === SOURCE)
  t.same(mirai?.software, { name: 'Mirai' })
  const odd = rows.find((row) => row.source === SOURCE + 1)
  t.equal(odd?.scanner, 'irregular-mss-only')
  t.equal(odd?.tool, undefined, 'an odd packet names no tool')
  t.end()
})

t.test('a new minute begins with the first SYN in it, also when the clock steps back', (t) => {
  const tracker = new ScanTracker()
  tracker.syn(SOURCE, TARGET, 23, 0, NOON)
  tracker.syn(SOURCE, TARGET, 24, 0, NOON + MINUTE)
  tracker.syn(SOURCE, TARGET, 25, 0, NOON - 5 * MINUTE)
  const rows = [...tracker.due(NOON - 5 * MINUTE), ...tracker.drain()]
  t.same(
    rows.map((row) => row.ports),
    ['23', '24', '25'],
  )
  t.equal(new Set(rows.map((row) => row.key)).size, 3)
  t.end()
})

t.test('enormous port texts are cut, counts stay exact', (t) => {
  const tracker = new ScanTracker()
  for (let port = 1; port <= 65_535; port += 2) tracker.syn(SOURCE, TARGET, port, 0, NOON)
  const row = only(tracker.due(NOON + MINUTE))
  t.equal(row.portsCount, 32_768)
  t.ok(row.ports.length <= 4098)
  t.match(row.ports, /^1,3,5,.*,…$/)
  t.end()
})

t.test('more sources than rows: the least valuable go, counted', (t) => {
  const tracker = new ScanTracker()
  for (let port = 1; port <= 1000; port++) tracker.syn(SOURCE, TARGET, port, 0, NOON)
  for (let i = 0; i < 20_000; i++) tracker.syn(i, TARGET, 23, 0, NOON)
  const { sources, evictedRows, evictedPackets } = tracker.stats()
  t.equal(sources, 4096)
  t.equal(evictedRows, 20_001 - 4096)
  t.equal(evictedPackets, evictedRows)
  const rows = tracker.due(NOON + MINUTE)
  t.equal(rows.length, 4096)
  t.equal(
    rows.find((row) => row.source === SOURCE)?.portsCount,
    1000,
    'the scan survives the flood',
  )
  t.end()
})

t.test('an evicted row that has a draft is ended, not lost', (t) => {
  const tracker = new ScanTracker()
  for (let i = 0; i < 256; i++) tracker.syn(i, TARGET, 23, 0, NOON)
  t.equal(tracker.drafts(NOON).length, 256)
  for (let i = 0; i < 20_000; i++) tracker.syn(1_000_000 + i, TARGET, 23, 0, NOON)
  const rows = tracker.due(NOON)
  t.equal(rows.length, 256)
  t.end()
})

t.test('more wide scans than bitmaps: the smallest is cut short', (t) => {
  const tracker = new ScanTracker()
  for (let source = 0; source < 257; source++)
    for (let port = 1; port <= 20 + source; port++) tracker.syn(source, TARGET, port, 0, NOON)
  t.equal(tracker.stats().evictedBitmaps, 1)
  const rows = tracker.due(NOON + MINUTE)
  t.equal(rows.length, 257)
  t.match(rows[0], { ports: '1,20,…', portsCount: 20 })
  t.match(rows[256], { ports: '1-276', portsCount: 276 })
  t.end()
})

t.test('port sets against the obvious implementation', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 60 }),
      fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 60 }),
      fc.boolean(),
      (seen, done, dense) => {
        const squeeze = (ports: number[]) => (dense ? ports.map((port) => port & 63) : ports)
        const sets = new PortSets(2, 2)
        for (const port of squeeze(seen)) sets.add(0, port)
        for (const port of squeeze(done)) sets.add(1, port)
        const left = new Set(squeeze(seen))
        for (const port of squeeze(done)) left.delete(port)
        const expanded: number[] = []
        const { text, count } = sets.ranges(0, 1)
        for (const part of text === '' ? [] : text.split(',')) {
          const [first, last = first] = part.split('-').map(Number)
          for (let port = first as number; port <= (last as number); port++) expanded.push(port)
        }
        return count === left.size && expanded.join() === [...left].sort((a, b) => a - b).join()
      },
    ),
  )
  t.pass('every set, in order')
  t.end()
})

t.test('a million SYNs', (t) => {
  const tracker = new ScanTracker()
  const cost = (next: (i: number) => number) => {
    const began = performance.now()
    for (let i = 0; i < 1_000_000; i++)
      tracker.syn(next(i), TARGET, i & 0xffff, MASSCAN, NOON + i / 5)
    return (performance.now() - began).toFixed(0)
  }
  t.comment(`one source, all ports: ${cost(() => SOURCE)} ns a SYN`)
  t.comment(`spoofed, every SYN another source: ${cost((i) => i)} ns a SYN`)
  const began = performance.now()
  const rows = tracker.due(NOON + 300 * MINUTE)
  t.comment(`${rows.length} rows due in ${(performance.now() - began).toFixed(1)} ms`)
  t.ok(rows.length > 0)
  t.end()
})
