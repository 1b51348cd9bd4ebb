import type { SensorEvent } from '../event.ts'

/** What is worth most is kept longest: 3 malware and intrusion, 2 credentials and commands, 1 connections, 0 scans. */
export type Value = 0 | 1 | 2 | 3

/** An event on its way into the store: its JSON text begins with `{"@timestamp":"…","event":{`. */
export type Encoded = { readonly value: Value; readonly json: string }
export type Pending = { readonly sequence: number; readonly json: string }

export type StoreStatus = {
  readonly epoch: string
  /** Rows waiting for the hub. */
  readonly depth: number
  readonly bytes: number
  /** Highest sequence the hub has acknowledged. */
  readonly settled: number
  readonly lastSequence: number
  /** Rows dropped to stay within the size limit, by value. */
  readonly dropped: readonly [number, number, number, number]
}

/** Durable first-in-first-out. Synchronous, as SQLite is. */
export interface EventStore {
  /** Buffered; on disk with the next `commit`. */
  append(event: Encoded): void
  /**
   * A row that still grows (the scans of the running minute): the last text for `key` wins. It is
   * sent only when `append` has replaced it, or when the next start finds it left behind.
   */
  draft(key: string, event: Encoded | undefined): void
  /** Everything appended so far, in one transaction. Called once a second. Throws what SQLite throws; the rows stay buffered. */
  commit(): void
  /** The oldest rows, in order of sequence, with `event.sequence` in their text: at most `maxBytes` of it (one row at least). */
  pending(after: number, maxBytes: number): readonly Pending[]
  /** Forget everything up to and including `sequence`: the hub has it. */
  settle(sequence: number): void
  /** Stay within the size limit: lowest value first, oldest first within a value. Returns how many rows were dropped. */
  prune(): number
  /** Newest first, for `cuttle events`. */
  recent(limit: number): readonly SensorEvent[]
  status(): StoreStatus
  close(): void
}
