/**
 * The hub's memory in SQLite: events, attackers, and how far each sensor's stream has been committed.
 * `synchronous=FULL`: what is acknowledged is deleted at the sensor, so it must survive a power cut here.
 */
import Database from 'better-sqlite3'
import type { BatchHeader } from '../../agent/event.ts'
import type { Batch } from '../batch.ts'
import { type Attacker, type AttackerRow, fromRow, merge, newAttacker, toRow } from './attacker.ts'
import { migrate } from './schema.ts'

/** One batch, from whom, committed: what the sensor is told. */
export type Committed = {
  readonly sensor: string
  readonly epoch: string
  readonly upto: number
  /** Batches before this one have not been seen. */
  readonly gap: boolean
  /** Events that were not known before. */
  readonly added: number
}
export type Stream = {
  readonly sensor: string
  readonly epoch: string
  readonly upto: number
  /** Milliseconds since the epoch of its last batch. */
  readonly received: number
}
export type EventFilter = {
  readonly source?: string | undefined
  readonly port?: number | undefined
  readonly protocol?: string | undefined
  readonly action?: string | undefined
  readonly sensor?: string | undefined
  /** Only events older than this id. */
  readonly before?: string | undefined
}
export type Retention = {
  readonly maxAgeMs: number
  /** Bytes of the database in use. */
  readonly maxBytes: number
  readonly maxAttackers: number
}

const PAGE_BYTES = 8192
const CACHE_KIB = 64 * 1024
/** 32 MiB of log: the pages of the indexes are written back once for many batches. */
const CHECKPOINT_PAGES = 4096
/** A sensor's clock is believed this far ahead of ours, milliseconds. */
const MAX_CLOCK_LEAD_MS = 5 * 60_000
/** Rows removed in one transaction by `retain`. */
const RETAIN_ROWS = 5000
const COLUMNS = ['source', 'port', 'protocol', 'action', 'sensor'] as const

export class HubStore {
  readonly #database: Database.Database
  readonly #insertEvent: Database.Statement<unknown[]>
  readonly #findAttacker: Database.Statement<[string], AttackerRow>
  readonly #putAttacker: Database.Statement<[AttackerRow]>
  readonly #findStream: Database.Statement<[string, string], { upto: number }>
  readonly #putStream: Database.Statement<[string, string, number, number]>
  readonly #all: (batches: readonly Batch[], now: number) => Committed[]

  /** Throws what SQLite throws. */
  constructor(path: string) {
    const database = new Database(path)
    this.#database = database
    database.pragma(`page_size = ${PAGE_BYTES}`)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${CACHE_KIB}`)
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    migrate(database)
    this.#insertEvent = database.prepare(
      `INSERT INTO events (id, received, sensor, action, source, port, protocol, json)
       VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING`,
    )
    this.#findAttacker = database.prepare('SELECT * FROM attackers WHERE ip = ?')
    this.#putAttacker = database.prepare(
      `INSERT OR REPLACE INTO attackers VALUES (@ip, @first_seen, @last_seen, @events, @severity,
       @verified, @ports_count, @ports, @sensors, @actions, @families)`,
    )
    this.#findStream = database.prepare('SELECT upto FROM streams WHERE sensor = ? AND epoch = ?')
    this.#putStream = database.prepare('INSERT OR REPLACE INTO streams VALUES (?,?,?,?)')
    const all = database.transaction((batches: readonly Batch[], now: number) => {
      const attackers = new Map<string, Attacker>()
      const committed = batches.map((batch) => this.#take(batch, now, attackers))
      for (const attacker of attackers.values()) this.#putAttacker.run(toRow(attacker))
      return committed
    })
    this.#all = (batches, now) => all.immediate(batches, now)
  }

  /** All of it in one transaction: events not yet known, their attackers, the streams. Throws what SQLite throws. */
  commit(batches: readonly Batch[], now: number): readonly Committed[] {
    return this.#all(batches, now)
  }

  upto(sensor: string, epoch: string): number {
    return this.#findStream.get(sensor, epoch)?.upto ?? 0
  }

  streams(): readonly Stream[] {
    return this.#database
      .prepare<[], Stream>('SELECT sensor, epoch, upto, received FROM streams ORDER BY sensor')
      .all()
  }

  /** JSON texts as the sensors sent them, newest first. */
  events(filter: EventFilter, limit: number): readonly string[] {
    const conditions: string[] = []
    const parameters: (string | number)[] = []
    for (const column of COLUMNS) {
      const wanted = filter[column]
      if (wanted === undefined) continue
      conditions.push(`${column} = ?`)
      parameters.push(wanted)
    }
    if (filter.before !== undefined) {
      conditions.push('id < ?')
      parameters.push(filter.before)
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
    return this.#database
      .prepare<unknown[], { json: string }>(
        `SELECT json FROM events ${where} ORDER BY id DESC LIMIT ?`,
      )
      .all(...parameters, limit)
      .map((row) => row.json)
  }

  /** Last seen first. */
  attackers(limit: number): readonly Attacker[] {
    return this.#database
      .prepare<[number], AttackerRow>('SELECT * FROM attackers ORDER BY last_seen DESC LIMIT ?')
      .all(limit)
      .map(fromRow)
  }

  /** One step: removes what is too old or too much, a bounded number of rows. true if there is more to do. */
  retain(now: number, retention: Retention): boolean {
    const cutoff = now - retention.maxAgeMs
    const full = this.#bytes() > retention.maxBytes
    const removed = this.#database
      .prepare(
        `DELETE FROM events WHERE n IN (SELECT n FROM events ORDER BY n LIMIT ${RETAIN_ROWS})
         AND (received < ? OR ?)`,
      )
      .run(cutoff, full ? 1 : 0).changes
    const excess =
      this.#database.prepare<[], { n: number }>('SELECT count(*) AS n FROM attackers').get()?.n ?? 0
    const forgotten = this.#database
      .prepare(
        `DELETE FROM attackers WHERE ip IN (SELECT ip FROM attackers ORDER BY last_seen LIMIT ?)
         OR ip IN (SELECT ip FROM attackers WHERE last_seen < ? ORDER BY last_seen LIMIT ${RETAIN_ROWS})`,
      )
      .run(Math.max(0, Math.min(excess - retention.maxAttackers, RETAIN_ROWS)), cutoff).changes
    return removed === RETAIN_ROWS || forgotten >= RETAIN_ROWS
  }

  close(): void {
    this.#database.close()
  }

  #bytes(): number {
    const pages = Number(this.#database.pragma('page_count', { simple: true }))
    const free = Number(this.#database.pragma('freelist_count', { simple: true }))
    return (pages - free) * PAGE_BYTES
  }

  #take(batch: Batch, now: number, attackers: Map<string, Attacker>): Committed {
    let added = 0
    for (const { event, json } of batch.events) {
      const { changes } = this.#insertEvent.run(
        event.event.id,
        now,
        batch.sensor,
        event.event.action,
        event.source?.ip ?? null,
        event.destination?.port ?? null,
        event.network?.protocol ?? null,
        json,
      )
      if (changes === 0) continue
      added += 1
      if (event.source === undefined) continue
      const { ip } = event.source
      let attacker = attackers.get(ip)
      if (attacker === undefined) {
        const row = this.#findAttacker.get(ip)
        attacker = row === undefined ? newAttacker(ip) : fromRow(row)
        attackers.set(ip, attacker)
      }
      merge(attacker, event, Math.min(Date.parse(event['@timestamp']), now + MAX_CLOCK_LEAD_MS))
    }
    return { ...this.#advance(batch.sensor, batch.header, now), added }
  }

  #advance(sensor: string, { epoch, first, last }: BatchHeader, now: number) {
    const known = this.upto(sensor, epoch)
    const gap = first > known + 1
    const upto = gap ? known : Math.max(known, last)
    this.#putStream.run(sensor, epoch, upto, now)
    return { sensor, epoch, upto, gap }
  }
}
