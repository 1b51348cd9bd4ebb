import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { isCorrupt, type OpenStoreOptions, openStore } from '../../../agent/store/open-store.ts'
import { countingRandom, encoded } from './event-text.ts'

const random = countingRandom()
const options: OpenStoreOptions = { random, now: Date.UTC(2026, 10, 24, 15) }
const ASIDE = 'outbox.db.corrupt-2026-11-24T15-00-00.000Z'

const scribble = (file: string, at: number, text: string): void => {
  const handle = openSync(file, 'r+')
  writeSync(handle, text, at)
  closeSync(handle)
}
const filled = (file: string): string => {
  const { store } = openStore(file, options)
  for (let n = 1; n <= 20_000; n++) store.append(encoded(n))
  store.commit()
  const { epoch } = store.status()
  store.close()
  return epoch
}

t.test('no database at all: set aside, and on with a new one', async (t) => {
  const directory = t.testdir({ 'outbox.db': 'this is no database, '.repeat(1000) })
  const { store, notice } = openStore(join(directory, 'outbox.db'), options)
  t.equal(notice?.code, 'store-corrupt')
  t.equal(notice?.movedTo, join(directory, ASIDE))
  t.match(notice?.message, /not usable .*; it is now .*, and a new one is begun/)
  t.match(readFileSync(join(directory, ASIDE), 'utf8'), /^this is no database/)
  store.append(encoded(1))
  store.commit()
  t.equal(store.status().depth, 1)
  store.close()
})

t.test('damaged pages are found at the start; log and index files move along', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'outbox.db')
  const epoch = filled(file)
  for (let page = 3; page < 800; page++) scribble(file, page * 8192, 'X'.repeat(64))
  writeFileSync(`${file}-wal`, '')
  const { store, notice } = openStore(file, options)
  t.equal(notice?.code, 'store-corrupt')
  t.not(store.status().epoch, epoch, 'a new epoch')
  t.equal(store.status().lastSequence, 0)
  store.close()
  t.ok(readdirSync(directory).includes(ASIDE))
})

t.test('a second accident in the same second has a name of its own', async (t) => {
  const directory = t.testdir({ 'outbox.db': 'x'.repeat(9000) })
  const file = join(directory, 'outbox.db')
  openStore(file, options).store.close()
  writeFileSync(file, 'y'.repeat(9000))
  const { store, notice } = openStore(file, options)
  t.equal(notice?.movedTo, join(directory, `${ASIDE}-2`))
  store.close()
})

t.test('made by another version: set aside as well', async (t) => {
  const file = join(t.testdir(), 'outbox.db')
  filled(file)
  const other = new Database(file)
  other.pragma('user_version = 99')
  other.close()
  const { store, notice } = openStore(file, options)
  t.equal(notice?.code, 'store-version')
  t.equal(store.status().depth, 0)
  store.close()
})

t.test('damage while in use has a code, and the next opening can be told', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'outbox.db')
  filled(file) // more than SQLite keeps in memory
  const { store } = openStore(file, options)
  for (let page = 3; page < 800; page++) scribble(file, page * 8192, 'X'.repeat(64))
  let thrown: unknown
  try {
    store.settle(20_000)
  } catch (error) {
    thrown = error
  }
  t.ok(isCorrupt(thrown))
  t.notOk(isCorrupt(new Error('other')))
  store.append(encoded(1))
  const carried = store.buffered()
  t.doesNotThrow(() => {
    try {
      store.close()
    } catch (error) {
      if (!isCorrupt(error)) throw error
    }
  })
  const next = openStore(file, { ...options, damaged: true })
  t.equal(next.notice?.code, 'store-corrupt')
  for (const event of carried) next.store.append(event)
  next.store.commit()
  t.equal(next.store.status().depth, 1)
  next.store.close()
})

t.test('no place to write is not damage: it is thrown', async (t) => {
  t.throws(() => openStore(join(t.testdir(), 'none', 'outbox.db'), options))
})
