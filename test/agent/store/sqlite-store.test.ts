import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { type OpenStoreOptions, openStore } from '../../../agent/store/open-store.ts'
import { readStore } from '../../../agent/store/read-store.ts'
import { countingRandom, encoded, eventText, idOf } from './event-text.ts'

const ALL = 1 << 30
const options = (more: Partial<OpenStoreOptions> = {}): OpenStoreOptions => ({
  random: countingRandom(),
  now: Date.UTC(2026, 10, 24, 15),
  ...more,
})
const path = (test: { testdir(): string }) => join(test.testdir(), 'outbox.db')

t.test('what is committed is pending, in order and with its sequence', async (t) => {
  const { store, notice } = openStore(path(t), options())
  t.teardown(() => store.close())
  t.equal(notice, undefined)
  t.match(store.status().epoch, /^[0-9a-f]{32}$/)
  for (let n = 1; n <= 100; n++) store.append(encoded(n))
  t.same(store.pending(0, ALL), [], 'nothing before the commit')
  store.commit()
  const pending = store.pending(0, ALL)
  t.same(
    pending.map((row) => row.sequence),
    Array.from({ length: 100 }, (_, i) => i + 1),
  )
  t.ok(pending[41]?.json.includes('"event":{"sequence":42,"id":'))
  const { event } = JSON.parse(pending[41]?.json ?? '')
  t.same([event.id, event.sequence], [idOf(42), 42])
  t.equal(store.status().depth, 100)
  t.equal(
    store.status().bytes,
    [...Array(100)].reduce((n, _, i) => n + eventText(i + 1).length, 0),
  )
})

t.test('pending keeps to its bytes, but gives one row at least', async (t) => {
  const { store } = openStore(path(t), options())
  t.teardown(() => store.close())
  for (let n = 1; n <= 10; n++) store.append(encoded(n))
  store.commit()
  t.equal(store.pending(0, 1).length, 1)
  t.equal(store.pending(9, ALL)[0]?.sequence, 10)
  const two = store.pending(0, ALL).slice(0, 2)
  t.equal(
    store.pending(
      0,
      two.reduce((n, row) => n + row.json.length, 0),
    ).length,
    2,
  )
})

t.test('sequences never come back: not after all is settled, not after a restart', async (t) => {
  const file = path(t)
  const first = openStore(file, options()).store
  for (let n = 1; n <= 5; n++) first.append(encoded(n))
  first.commit()
  first.settle(5)
  t.same([first.status().depth, first.status().bytes, first.status().settled], [0, 0, 5])
  const { epoch } = first.status()
  first.close()
  const second = openStore(file, options({ random: () => new Uint8Array(16) })).store
  t.equal(second.status().epoch, epoch)
  second.append(encoded(6))
  second.commit()
  t.equal(second.pending(0, ALL)[0]?.sequence, 6)
  second.settle(3)
  t.equal(second.status().settled, 5, 'an old acknowledgement lowers nothing')
  second.settle(99)
  t.equal(second.status().settled, 6, 'none settles what does not exist yet')
  second.close()
})

t.test('close commits what is buffered', async (t) => {
  const file = path(t)
  const first = openStore(file, options()).store
  first.append(encoded(1))
  first.close()
  const second = openStore(file, options()).store
  t.equal(second.status().depth, 1)
  second.close()
})

t.test('prune: lowest value first, oldest first, every drop counted', async (t) => {
  const file = path(t)
  const room = 5 // addresses differ in length
  const maxBytes = (eventText(1).length + room) * 6
  const { store } = openStore(file, options({ maxBytes }))
  const values = [3, 0, 2, 1, 0, 3, 1, 0, 2, 3] as const
  values.forEach((value, i) => {
    store.append(encoded(i + 1, value))
  })
  store.commit()
  t.equal(store.prune(), 4)
  t.same(
    store.pending(0, ALL).map((row) => row.sequence),
    [1, 3, 6, 7, 9, 10],
    'all zeros, then the older of the ones',
  )
  t.same(store.status().dropped, [3, 1, 0, 0])
  t.equal(store.prune(), 0)
  store.append(encoded(11, 0))
  store.append(encoded(12, 3))
  store.commit()
  t.equal(store.prune(), 2)
  t.same(
    store.pending(0, ALL).map((row) => row.sequence),
    [1, 3, 6, 9, 10, 12],
  )
  store.close()
  const again = openStore(file, options()).store
  t.same(again.status().dropped, [4, 2, 0, 0], 'the counts outlive a restart')
  t.equal(
    again.status().bytes,
    [1, 3, 6, 9, 10, 12].reduce((sum, n) => sum + eventText(n).length, 0),
  )
  again.close()
})

t.test('drafts: the last text wins, an append replaces, a crash hands over', async (t) => {
  const file = path(t)
  const first = openStore(file, options()).store
  first.draft('a', encoded(1))
  first.commit()
  first.draft('a', encoded(2))
  first.draft('b', encoded(3, 0))
  first.commit()
  t.same(first.pending(0, ALL), [], 'a draft is not sent')
  first.draft('b', undefined)
  first.append(encoded(4, 0))
  first.commit()
  t.equal(first.pending(0, ALL).length, 1)
  first.close()
  const second = openStore(file, options()).store
  t.same(
    second.pending(0, ALL).map((row) => JSON.parse(row.json).event.id),
    [idOf(4), idOf(2)],
  )
  second.close()
  const third = openStore(file, options()).store
  t.equal(third.status().depth, 2, 'handed over once')
  third.close()
})

t.test('a reader beside the writer', async (t) => {
  const file = path(t)
  t.throws(() => readStore(file), { code: 'SQLITE_CANTOPEN' })
  const { store } = openStore(file, options())
  t.teardown(() => store.close())
  for (let n = 1; n <= 5; n++) store.append(encoded(n))
  store.commit()
  const reader = readStore(file)
  t.teardown(() => reader.close())
  const sequences = (events: readonly { event: { sequence?: number } }[]) =>
    events.map((event) => event.event.sequence)
  t.same(sequences(reader.recent(2)), [5, 4])
  t.same(sequences(reader.recent(10, 3)), [5, 4])
  t.same(sequences(store.recent(1)), [5])
  store.append(encoded(6))
  store.commit()
  t.same(sequences(reader.recent(10, 5)), [6])
  t.same(reader.status(), store.status())
})

t.test('a commit that fails keeps the rows', async (t) => {
  const file = path(t)
  const { store } = openStore(file, options())
  const other = new Database(file, { timeout: 0 })
  store.append(encoded(1))
  store.draft('a', encoded(2))
  other.exec(`CREATE TRIGGER stop BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END`)
  t.throws(() => store.commit(), { code: 'SQLITE_CONSTRAINT_TRIGGER' })
  t.equal(store.status().lastSequence, 0)
  t.equal(store.buffered().length, 1)
  other.exec('DROP TRIGGER stop')
  other.close()
  store.commit()
  t.equal(store.pending(0, ALL)[0]?.sequence, 1)
  store.close()
})

t.test('a disk that refuses for long: memory stays bounded, the best is kept', async (t) => {
  const { store } = openStore(path(t), options())
  const big = 1024 * 1024
  store.append(encoded(1, 3, { padding: big }))
  for (let n = 2; n <= 40; n++) store.append(encoded(n, 0, { padding: big }))
  t.ok(store.buffered().length <= 16)
  store.commit()
  t.equal(store.pending(0, ALL)[0]?.json.includes(idOf(1)), true)
  const { depth, dropped } = store.status()
  t.equal(depth + dropped[0], 40)
  store.close()
})
