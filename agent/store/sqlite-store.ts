/**
 * The outbox in SQLite. One transaction a second carries everything: rows, drafts and the one row of counts.
 *
 * `synchronous=FULL`: a sequence that the hub has seen must never be given a second time, so a commit that `pending`
 * has shown must survive a power cut. NORMAL may take the last commits back. The price is one fsync a second:
 * measured 0.6 ms against 0.1 ms on a disk; rows in bulk cost the same.
 */
import type Database from 'better-sqlite3'
import type { SensorEvent } from '../event.ts'
import {
  type ByValue,
  copyMeta,
  type Meta,
  type Row,
  readMeta,
  recentRows,
  statusOf,
  withSequence,
} from './meta.ts'
import { CACHE_KIB, CHECKPOINT_PAGES, WAL_LIMIT_BYTES } from './schema.ts'
import type { Encoded, EventStore, Pending, StoreStatus, Value } from './store.ts'

/** Content of the outbox, bytes of JSON, unless told otherwise. */
export const DEFAULT_MAX_BYTES = 256 * 1024 * 1024
/** What waits in memory while the disk refuses, characters of JSON. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
/** Rows an INSERT carries: halves the cost of a row against one at a time. */
const ROWS_PER_INSERT = 32
/** Rows looked at in one step of `prune`. */
const PRUNE_ROWS = 1000
const VALUES: readonly Value[] = [0, 1, 2, 3]

type Span = { count: number; bytes: number; v0: number; v1: number; v2: number; v3: number }

export class SqliteStore implements EventStore {
  readonly #database: Database.Database
  readonly #maxBytes: number
  readonly #insertMany: Database.Statement<unknown[]>
  readonly #insert: Database.Statement<[number, number, string]>
  readonly #writeMeta: Database.Statement<[number, number, number, string, string]>
  readonly #page: Database.Statement<[number], Row>
  readonly #transact: (work: (next: Meta) => void) => void
  /** Below this there is no row of that value: `prune` looks at each row once a value, not once a call. */
  readonly #lowest: ByValue = [0, 0, 0, 0]
  #meta: Meta
  #buffer: Encoded[] = []
  #bufferedBytes = 0
  #lost: ByValue = [0, 0, 0, 0]
  #drafts = new Map<string, Encoded | undefined>()

  /** The database has the schema already; see `openStore`. */
  constructor(database: Database.Database, maxBytes: number) {
    this.#database = database
    this.#maxBytes = maxBytes
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`)
    const rows = Array(ROWS_PER_INSERT).fill('(?,?,?)').join(',')
    this.#insertMany = database.prepare(`INSERT INTO outbox VALUES ${rows}`)
    this.#insert = database.prepare('INSERT INTO outbox VALUES (?,?,?)')
    this.#writeMeta = database.prepare(
      'UPDATE meta SET settled=?, last_sequence=?, bytes=?, held=?, dropped=?',
    )
    this.#page = database.prepare(
      'SELECT sequence, json FROM outbox WHERE sequence > ? ORDER BY sequence',
    )
    this.#meta = readMeta(database)
    const transaction = database.transaction((next: Meta, work: (next: Meta) => void) => {
      work(next)
      const { settled, lastSequence, bytes, held, dropped } = next
      this.#writeMeta.run(
        settled,
        lastSequence,
        bytes,
        JSON.stringify(held),
        JSON.stringify(dropped),
      )
    })
    this.#transact = (work) => {
      const next = copyMeta(this.#meta)
      transaction.immediate(next, work)
      this.#meta = next
    }
    this.#adoptDrafts()
  }

  append(event: Encoded): void {
    this.#buffer.push(event)
    this.#bufferedBytes += event.json.length
    if (this.#bufferedBytes > MAX_BUFFERED_BYTES) this.#shedBuffer()
  }

  draft(key: string, event: Encoded | undefined): void {
    this.#drafts.set(key, event)
  }

  commit(): void {
    if (this.#buffer.length === 0 && this.#drafts.size === 0) return
    this.#transact((next) => {
      this.#insertBuffer(next)
      this.#writeDrafts()
      for (const value of VALUES) next.dropped[value] += this.#lost[value]
    })
    this.#buffer = []
    this.#bufferedBytes = 0
    this.#lost = [0, 0, 0, 0]
    this.#drafts = new Map()
  }

  pending(after: number, maxBytes: number): readonly Pending[] {
    const found: Pending[] = []
    let bytes = 0
    for (const row of this.#page.iterate(Math.max(after, this.#meta.settled))) {
      const json = withSequence(row.json, row.sequence)
      bytes += Buffer.byteLength(json)
      if (bytes > maxBytes && found.length > 0) break
      found.push({ sequence: row.sequence, json })
    }
    return found
  }

  settle(sequence: number): void {
    const upto = Math.min(sequence, this.#meta.lastSequence)
    if (upto <= this.#meta.settled) return
    // No fsync for this one: after a power cut the rows are sent again, and the hub knows them by their id.
    this.#database.pragma('synchronous = NORMAL')
    try {
      this.#transact((next) => {
        this.#remove(next, 'sequence <= ?', [upto])
        next.settled = upto
      })
    } finally {
      this.#database.pragma('synchronous = FULL')
    }
  }

  prune(): number {
    let dropped = 0
    for (const value of VALUES) {
      while (this.#meta.bytes > this.#maxBytes && this.#meta.held[value] > 0) {
        const step = this.#dropOldest(value)
        if (step === 0) break
        dropped += step
      }
    }
    return dropped
  }

  recent(limit: number): readonly SensorEvent[] {
    return recentRows(this.#database, limit, 0)
  }

  status(): StoreStatus {
    return statusOf(this.#meta)
  }

  /** What the next `commit` would write: lets a caller carry it over when this database has become unusable. */
  buffered(): readonly Encoded[] {
    return this.#buffer
  }

  /** Commits first if it can; a database that refuses is closed all the same. */
  close(): void {
    try {
      this.commit()
    } finally {
      this.#database.close()
    }
  }

  #insertBuffer(next: Meta): void {
    const buffer = this.#buffer
    let at = 0
    for (; at + ROWS_PER_INSERT <= buffer.length; at += ROWS_PER_INSERT) {
      const values: (number | string)[] = []
      for (const row of buffer.slice(at, at + ROWS_PER_INSERT)) {
        values.push(++next.lastSequence, row.value, row.json)
        next.held[row.value] += 1
        next.bytes += Buffer.byteLength(row.json)
      }
      this.#insertMany.run(values)
    }
    for (const row of buffer.slice(at)) {
      this.#insert.run(++next.lastSequence, row.value, row.json)
      next.held[row.value] += 1
      next.bytes += Buffer.byteLength(row.json)
    }
  }

  #writeDrafts(): void {
    if (this.#drafts.size === 0) return
    const put = this.#database.prepare('INSERT OR REPLACE INTO draft VALUES (?,?,?)')
    const drop = this.#database.prepare('DELETE FROM draft WHERE key = ?')
    for (const [key, event] of this.#drafts) {
      if (event === undefined) drop.run(key)
      else put.run(key, event.value, event.json)
    }
  }

  /** Rows that still grew when the process died: they will not grow any more. */
  #adoptDrafts(): void {
    const left = this.#database
      .prepare<[], Encoded & { key: string }>('SELECT key, value, json FROM draft ORDER BY key')
      .all()
    if (left.length === 0) return
    for (const { key, value, json } of left) {
      this.append({ value, json })
      this.draft(key, undefined)
    }
    this.commit()
  }

  /** Removes the oldest rows of one value, as many as the limit asks for and one step allows. */
  #dropOldest(value: Value): number {
    const rows = this.#database
      .prepare<[number, number], { sequence: number; bytes: number }>(
        `SELECT sequence, octet_length(json) AS bytes FROM outbox
         WHERE sequence > ? AND value = ? ORDER BY sequence LIMIT ${PRUNE_ROWS}`,
      )
      .all(this.#lowest[value], value)
    let excess = this.#meta.bytes - this.#maxBytes
    let last = 0
    for (const row of rows) {
      if (excess <= 0) break
      excess -= row.bytes
      last = row.sequence
    }
    if (last === 0) return 0
    let count = 0
    this.#transact((next) => {
      count = this.#remove(next, 'value = ? AND sequence > ? AND sequence <= ?', [
        value,
        this.#lowest[value],
        last,
      ])
      next.dropped[value] += count
    })
    this.#lowest[value] = last
    return count
  }

  #remove(next: Meta, where: string, parameters: readonly number[]): number {
    const span = this.#database
      .prepare<unknown[], Span>(
        `SELECT count(*) AS count, coalesce(sum(octet_length(json)), 0) AS bytes,
           coalesce(sum(value = 0), 0) AS v0, coalesce(sum(value = 1), 0) AS v1,
           coalesce(sum(value = 2), 0) AS v2, coalesce(sum(value = 3), 0) AS v3
         FROM outbox WHERE ${where}`,
      )
      .get(...parameters)
    if (span === undefined || span.count === 0) return 0
    this.#database.prepare(`DELETE FROM outbox WHERE ${where}`).run(...parameters)
    next.bytes -= span.bytes
    next.held = [
      next.held[0] - span.v0,
      next.held[1] - span.v1,
      next.held[2] - span.v2,
      next.held[3] - span.v3,
    ]
    return span.count
  }

  /** The disk has refused for long: halve what waits, lowest value first, oldest first. */
  #shedBuffer(): void {
    let excess = this.#bufferedBytes - MAX_BUFFERED_BYTES / 2
    for (const value of VALUES) {
      if (excess <= 0) break
      this.#buffer = this.#buffer.filter((row) => {
        if (row.value !== value || excess <= 0) return true
        excess -= row.json.length
        this.#bufferedBytes -= row.json.length
        this.#lost[value] += 1
        return false
      })
    }
  }
}
