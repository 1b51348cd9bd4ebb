/** What the writer and a reader of the outbox share: the one row of `meta`, and events with their sequence. */
import type Database from 'better-sqlite3'
import type { SensorEvent } from '../event.ts'
import type { StoreStatus } from './store.ts'

/** Counts by value, 0 to 3. */
export type ByValue = [number, number, number, number]

export type Meta = {
  epoch: string
  settled: number
  lastSequence: number
  /** UTF-8 bytes of JSON in `outbox`. */
  bytes: number
  /** Rows in `outbox`. */
  held: ByValue
  dropped: ByValue
}

type MetaRow = {
  epoch: string
  settled: number
  last_sequence: number
  bytes: number
  held: string
  dropped: string
}

/** Of `outbox`. */
export type Row = { readonly sequence: number; readonly json: string }

export const readMeta = (database: Database.Database): Meta => {
  const row = database.prepare<[], MetaRow>('SELECT * FROM meta').get()
  if (row === undefined) throw new Error('the outbox has no meta row')
  return {
    epoch: row.epoch,
    settled: row.settled,
    lastSequence: row.last_sequence,
    bytes: row.bytes,
    held: JSON.parse(row.held),
    dropped: JSON.parse(row.dropped),
  }
}

export const copyMeta = (meta: Meta): Meta => ({
  ...meta,
  held: [...meta.held],
  dropped: [...meta.dropped],
})

export const statusOf = (meta: Meta): StoreStatus => ({
  epoch: meta.epoch,
  depth: meta.held.reduce((sum, count) => sum + count, 0),
  bytes: meta.bytes,
  settled: meta.settled,
  lastSequence: meta.lastSequence,
  dropped: [...meta.dropped],
})

const EVENT = '"event":{'

/** The sequence is given by the outbox, after the event was written as text: it goes in first place of `event`. */
export const withSequence = (json: string, sequence: number): string => {
  const at = json.indexOf(EVENT) + EVENT.length
  return `${json.slice(0, at)}"sequence":${sequence},${json.slice(at)}`
}

/** Newest first, of those after `after`. A row that is no JSON is left out. */
export const recentRows = (
  database: Database.Database,
  limit: number,
  after: number,
): readonly SensorEvent[] =>
  database
    .prepare<[number, number], Row>(
      'SELECT sequence, json FROM outbox WHERE sequence > ? ORDER BY sequence DESC LIMIT ?',
    )
    .all(after, limit)
    .flatMap(({ sequence, json }) => {
      try {
        return [JSON.parse(withSequence(json, sequence))]
      } catch {
        return []
      }
    })
