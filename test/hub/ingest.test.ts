import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { MAX_BATCH_BYTES, MAX_BATCH_INFLATED_BYTES } from '../../agent/event.ts'
import { decodeBatch } from '../../hub/batch.ts'
import { type Answer, Ingest } from '../../hub/ingest.ts'
import { HubStore } from '../../hub/store/hub-store.ts'
import { eventText, type Fields, idOf, SENSOR } from '../agent/store/event-text.ts'

type Test = { testdir(): string; teardown(end: () => unknown): void }
const EPOCH = 'ab'.repeat(16)
const NOW = Date.UTC(2026, 10, 24, 16)
const TOPIC = `cuttle/v1/${SENSOR}/up/ev`

const numbered = (n: number, fields: Fields = {}): string =>
  eventText(n, fields).replace('"event":{', `"event":{"sequence":${n},`)
const pack = (first: number, last: number, lines: readonly string[], epoch = EPOCH): Buffer =>
  gzipSync([JSON.stringify({ v: 1, epoch, first, last }), ...lines, ''].join('\n'))
const span = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => numbered(first + i))
const batch = (first: number, last: number): Buffer => pack(first, last, span(first, last))

const newIngest = (t: Test) => {
  const store = new HubStore(join(t.testdir(), 'hub.db'))
  t.teardown(() => store.close())
  const answers: [string, Answer][] = []
  const warnings: string[] = []
  const ingest = new Ingest({
    store,
    now: () => NOW,
    answer: (sensor, answer) => answers.push([sensor, answer]),
    warn: (message) => warnings.push(message),
  })
  const take = (...payloads: Uint8Array[]): Answer | undefined => {
    for (const payload of payloads) ingest.offer(TOPIC, payload)
    ingest.flush()
    return answers.at(-1)?.[1]
  }
  return { store, ingest, answers, warnings, take }
}

t.test('a batch is committed, then acknowledged', async (t) => {
  const { store, answers, take } = newIngest(t)
  take(batch(1, 10))
  t.same(answers, [[SENSOR, { epoch: EPOCH, upto: 10 }]])
  t.equal(store.events({}, 100).length, 10)
  t.equal(JSON.parse(store.events({}, 1)[0] ?? '').event.id, idOf(10))
})

t.test('the same batch again changes nothing and is acknowledged again', async (t) => {
  const { store, ingest, take } = newIngest(t)
  take(batch(1, 10))
  const before = store.attackers(100)
  t.same(take(batch(1, 10)), { epoch: EPOCH, upto: 10 })
  t.same(store.attackers(100), before)
  t.match(ingest.counts(), { batches: 2, events: 10, duplicates: 10 })
})

t.test('twice within one transaction', async (t) => {
  const { store, answers, take } = newIngest(t)
  take(batch(1, 5), batch(1, 5), batch(6, 8))
  t.same(answers, [[SENSOR, { epoch: EPOCH, upto: 8 }]], 'one answer for all')
  t.equal(
    store.attackers(100).reduce((sum, attacker) => sum + attacker.events, 0),
    8,
  )
})

t.test('an old batch does not lower the acknowledgement', async (t) => {
  const { take } = newIngest(t)
  take(batch(1, 5))
  take(batch(6, 10))
  t.same(take(batch(1, 5)), { epoch: EPOCH, upto: 10 })
})

t.test('out of order: kept, but not acknowledged before what is missing has come', async (t) => {
  const { store, take } = newIngest(t)
  t.same(take(batch(6, 10)), { epoch: EPOCH, upto: 0, resend: true })
  t.equal(store.events({}, 100).length, 5)
  t.same(take(batch(1, 5)), { epoch: EPOCH, upto: 5 })
  t.same(take(batch(6, 10)), { epoch: EPOCH, upto: 10 })
  t.equal(store.events({}, 100).length, 10)
})

t.test('evicted at the sensor is not missing: the span of the header says so', async (t) => {
  const { take } = newIngest(t)
  t.same(take(pack(1, 900, [numbered(400), numbered(900)])), { epoch: EPOCH, upto: 900 })
  t.same(take(pack(901, 950, [])), { epoch: EPOCH, upto: 950 })
  t.same(take(pack(1, 2000, [numbered(2000)])), { epoch: EPOCH, upto: 2000 })
})

t.test('a new epoch begins anew, the old one keeps its place', async (t) => {
  const { store, take } = newIngest(t)
  const other = 'cd'.repeat(16)
  take(batch(1, 10))
  t.same(take(pack(1, 3, [numbered(3)], other)), { epoch: other, upto: 3 })
  t.equal(store.upto(SENSOR, EPOCH), 10)
})

t.test('a broken line is passed over and counted, the rest stays', async (t) => {
  const { store, ingest, take } = newIngest(t)
  const lines = [
    numbered(1),
    '{"@timestamp":',
    '[]',
    'null',
    numbered(3, { sensor: 'another-sensor' }),
    numbered(4).replace('"severity":3', '"severity":99'),
    numbered(5, { action: 'nonsense' }),
    numbered(6, { ip: '999.1.1.1' }),
    numbered(7, { port: 65_536 }),
    numbered(8).replace(idOf(8), 'x'),
    numbered(9).replace('2026-11-24T15:00:00.123Z', 'today'),
    numbered(99),
    numbered(10, { padding: 300_000 }),
    '['.repeat(50_000),
    numbered(11),
  ]
  t.same(take(pack(1, 20, lines)), { epoch: EPOCH, upto: 20 })
  t.same(
    store.events({}, 100).map((json) => JSON.parse(json).event.sequence),
    [11, 1],
  )
  t.equal(ingest.counts().rejectedLines, lines.length - 2)
})

t.test('what is no batch is refused as a whole and not acknowledged', async (t) => {
  const { ingest, answers, warnings, take } = newIngest(t)
  const header = { v: 1, epoch: EPOCH, first: 1, last: 2 }
  const refused = [
    Buffer.from('no gzip'),
    batch(1, 5).subarray(0, 40),
    gzipSync(''),
    gzipSync('{}\n'),
    gzipSync(JSON.stringify({ ...header, v: 2 })),
    gzipSync(JSON.stringify({ ...header, epoch: "'; DROP" })),
    gzipSync(JSON.stringify({ ...header, first: 3 })),
    gzipSync(JSON.stringify({ ...header, last: 2 ** 60 })),
    Buffer.alloc(MAX_BATCH_BYTES + 1),
  ]
  take(...refused)
  ingest.offer('cuttle/v1/BAD NAME/up/ev', batch(1, 2))
  ingest.flush()
  t.same(answers, [])
  t.equal(ingest.counts().refusedBatches, refused.length + 1)
  t.equal(warnings.length, refused.length + 1)
})

t.test('a zip bomb costs no more than its bound', async (t) => {
  const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024))
  t.ok(bomb.length < MAX_BATCH_BYTES)
  const before = process.memoryUsage().arrayBuffers
  t.match(decodeBatch(SENSOR, bomb), { refused: /larger/ })
  t.ok(process.memoryUsage().arrayBuffers - before < 3 * MAX_BATCH_INFLATED_BYTES)
})

t.test('a database that refuses: no answer, and the next batch goes on', async (t) => {
  const { store, ingest, answers, warnings, take } = newIngest(t)
  let refusing = true
  const flaky = new Ingest({
    store: Object.assign(Object.create(store), {
      commit: (...parameters: Parameters<HubStore['commit']>) => {
        if (refusing) throw new Error('database or disk is full')
        return store.commit(...parameters)
      },
    }),
    now: () => NOW,
    answer: (sensor, answer) => answers.push([sensor, answer]),
    warn: (message) => warnings.push(message),
  })
  flaky.offer(TOPIC, batch(1, 5))
  flaky.offer(TOPIC, batch(6, 9))
  flaky.flush()
  t.same(answers, [])
  t.equal(flaky.counts().lostBatches, 2)
  t.match(warnings[0], /disk is full/)
  refusing = false
  flaky.offer(TOPIC, batch(1, 5))
  flaky.flush()
  t.same(answers, [[SENSOR, { epoch: EPOCH, upto: 5 }]])
  t.same(take(batch(6, 9)), { epoch: EPOCH, upto: 9 })
  t.equal(ingest.counts().events, 4)
})

t.test('attackers: counts, first and last, whatever the order', async (t) => {
  const ip = '192.0.2.77'
  const lines = [
    numbered(1, { ip, at: '2026-11-24T12:00:00.000Z', port: 22, severity: 2 }),
    numbered(2, {
      ip,
      at: '2026-11-24T11:00:00.000Z',
      port: 23,
      action: 'malware',
      family: 'Mirai',
    }),
    numbered(3, {
      ip,
      at: '2026-11-24T13:00:00.000Z',
      cuttle: { ports: '1-1000,8080', verified: false },
    }),
    numbered(4, { ip, at: '2099-01-01T00:00:00.000Z', severity: 9 }),
  ]
  const states = [lines, lines.toReversed()].map((order) => {
    const { store, take } = newIngest(t)
    for (const line of order) take(pack(1, 4, [line]))
    const [attacker] = store.attackers(10)
    return { ...attacker, ports: attacker?.ports.size }
  })
  t.same(states[0], {
    ip,
    firstSeen: Date.UTC(2026, 10, 24, 11),
    lastSeen: NOW + 5 * 60_000,
    events: 4,
    severity: 9,
    verified: true,
    ports: 1001,
    sensors: new Set([SENSOR]),
    actions: new Set(['connection', 'malware']),
    families: new Set(['Mirai']),
  })
  t.same(states[1], states[0])
})

t.test('retention: by age, by size, by number of attackers, a step at a time', async (t) => {
  const { store, take } = newIngest(t)
  for (let n = 1; n <= 6001; n += 1000) take(batch(n, n + 999))
  const day = 24 * 3600 * 1000
  const roomy = { maxAgeMs: day, maxBytes: 1 << 30, maxAttackers: 1000 }
  t.equal(store.retain(NOW + 500, roomy), false)
  t.equal(store.events({}, 10_000).length, 7000, 'nothing is old yet')
  store.retain(NOW, { ...roomy, maxAttackers: 100 })
  t.equal(store.attackers(1000).length, 100)
  t.equal(store.retain(NOW, { ...roomy, maxBytes: 1 }), true)
  t.equal(store.events({}, 10_000).length, 2000, 'the oldest 5,000 went')
  t.equal(JSON.parse(store.events({}, 10_000).at(-1) ?? '').event.sequence, 5001)
  store.retain(NOW + day + 1, roomy)
  t.same(store.events({}, 10_000), [])
  t.same(store.attackers(1000), [])
})
