/** Opens the outbox for its one writer. A damaged file is set aside, never deleted, and the sensor goes on. */
import { existsSync, renameSync } from 'node:fs'
import Database from 'better-sqlite3'
import { PAGE_BYTES, SCHEMA, SCHEMA_VERSION } from './schema.ts'
import { DEFAULT_MAX_BYTES, SqliteStore } from './sqlite-store.ts'

export type OpenStoreOptions = {
  /** That many random bytes, for the epoch of a new database. */
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds since the epoch: dates the name of a file that is set aside. */
  readonly now: number
  /** Bytes of JSON kept at most; 256 MiB if absent. */
  readonly maxBytes?: number
  /** The running store threw what `isCorrupt` knows: set the file aside without asking it again. */
  readonly damaged?: boolean
}
export type StoreNotice = {
  readonly code: 'store-corrupt' | 'store-version'
  /** Where the old file is now. */
  readonly movedTo: string
  readonly message: string
}
export type OpenedStore = { readonly store: SqliteStore; readonly notice?: StoreNotice }

const EPOCH_BYTES = 16

class Unusable extends Error {
  readonly code: StoreNotice['code']
  constructor(code: StoreNotice['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The file itself is damaged: no retry will help, opening it anew will set it aside. */
export const isCorrupt = (error: unknown): boolean =>
  error instanceof Database.SqliteError &&
  (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB')

/** Throws what SQLite throws when the place itself is the trouble (no directory, no permission, disk full). */
export const openStore = (path: string, options: OpenStoreOptions): OpenedStore => {
  try {
    if (options.damaged) throw new Unusable('store-corrupt', 'it failed while in use')
    return { store: attempt(path, options) }
  } catch (error) {
    if (!(error instanceof Unusable) && !isCorrupt(error)) throw error
    const code = error instanceof Unusable ? error.code : 'store-corrupt'
    const movedTo = setAside(path, options.now)
    const reason = error instanceof Error ? error.message : String(error)
    const message = `the outbox was not usable (${reason}); it is now ${movedTo}, and a new one is begun`
    return { store: attempt(path, options), notice: { code, movedTo, message } }
  }
}

const attempt = (path: string, options: OpenStoreOptions): SqliteStore => {
  const database = new Database(path)
  try {
    prepare(database, options.random)
    return new SqliteStore(database, options.maxBytes ?? DEFAULT_MAX_BYTES)
  } catch (error) {
    database.close()
    throw error
  }
}

const prepare = (database: Database.Database, random: (bytes: number) => Uint8Array): void => {
  database.pragma(`page_size = ${PAGE_BYTES}`)
  const version = Number(database.pragma('user_version', { simple: true }))
  const empty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  if (!empty && version !== SCHEMA_VERSION)
    throw new Unusable('store-version', `it has schema ${version}, not ${SCHEMA_VERSION}`)
  const verdict = database.pragma('quick_check(1)', { simple: true })
  if (verdict !== 'ok') throw new Unusable('store-corrupt', String(verdict).split('\n', 1)[0] ?? '')
  database.pragma('journal_mode = WAL')
  if (empty)
    database
      .transaction(() => {
        database.exec(SCHEMA)
        const epoch = Buffer.from(random(EPOCH_BYTES)).toString('hex')
        database.prepare('INSERT INTO meta (one, epoch) VALUES (1, ?)').run(epoch)
      })
      .immediate()
}

const setAside = (path: string, now: number): string => {
  const stamp = new Date(now).toISOString().replaceAll(':', '-')
  let name = `${path}.corrupt-${stamp}`
  for (let n = 2; existsSync(name); n++) name = `${path}.corrupt-${stamp}-${n}`
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(path + suffix)) renameSync(path + suffix, name + suffix)
  return name
}
