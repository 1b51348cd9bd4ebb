/** A second process looks into the outbox of a running sensor (`cuttle events`, `cuttle status`); it changes nothing. */
import Database from 'better-sqlite3'
import type { SensorEvent } from '../event.ts'
import { readMeta, recentRows, statusOf } from './meta.ts'
import type { StoreStatus } from './store.ts'

export interface StoreReader {
  /** Newest first, of those after `afterSequence`. */
  recent(limit: number, afterSequence?: number): readonly SensorEvent[]
  status(): StoreStatus
  close(): void
}

/** Throws what SQLite throws: SQLITE_CANTOPEN when there is no outbox yet. */
export const readStore = (path: string): StoreReader => {
  const database = new Database(path, { readonly: true, fileMustExist: true })
  return {
    recent: (limit, afterSequence = 0) => recentRows(database, limit, afterSequence),
    status: () => statusOf(readMeta(database)),
    close: () => database.close(),
  }
}
