/**
 * The outbox as the sensor keeps it: one transaction a second, more under load; what cannot be
 * written waits in memory; a damaged file is set aside and a new one begun.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { wallClock } from './clock.ts'
import type { Log } from './log.ts'
import { isCorrupt, type OpenedStore, openStore, type StoreNotice } from './store/open-store.ts'
import type { SqliteStore } from './store/sqlite-store.ts'
import type { Encoded } from './store/store.ts'
import { eachLine } from './text-page.ts'

const COMMIT_MS = 1_000
/** Under load a transaction does not wait for its second: what the store may buffer is bounded. */
const COMMIT_ROWS = 4_096

export type OutboxOptions = {
  readonly directory: string
  readonly maxBytes: number
  readonly log: Log
  /** A store is in use from now on; the one before it is no more. */
  readonly opened: (store: SqliteStore, notice: StoreNotice | undefined) => void
  /** Something new is on disk. */
  readonly committed: () => void
}

export class Outbox {
  readonly #options: OutboxOptions
  #store: SqliteStore
  readonly #timer: NodeJS.Timeout
  /** Why the last transaction failed; '' when it did not. */
  fault = ''

  /** Throws what SQLite throws when the place itself is the trouble. */
  constructor(options: OutboxOptions) {
    this.#options = options
    const opened = this.#open(false)
    this.#store = opened.store
    this.#timer = setInterval(() => this.commit(), COMMIT_MS)
    options.opened(opened.store, opened.notice)
  }

  get store(): SqliteStore {
    return this.#store
  }

  /** `lines`: a text page. */
  append(lines: Uint8Array): void {
    for (const event of eachLine(lines)) this.#store.append(event)
    if (this.#store.buffered().length >= COMMIT_ROWS) this.commit()
  }

  draft(key: string, event: Encoded | undefined): void {
    this.#store.draft(key, event)
  }

  commit(): void {
    const { log, directory, committed } = this.#options
    try {
      this.#store.commit()
      this.#store.prune()
      if (this.fault !== '') log.info('the outbox takes events again')
      this.fault = ''
      committed()
    } catch (error) {
      const fault = (error as Error).message
      if (fault !== this.fault)
        log.error({ fault, state: directory }, 'cannot write the outbox: events wait in memory')
      this.fault = fault
      if (isCorrupt(error)) this.#replace()
    }
  }

  close(): void {
    clearInterval(this.#timer)
    closed(this.#store)
  }

  #open(damaged: boolean): OpenedStore {
    const { directory, maxBytes } = this.#options
    return openStore(join(directory, 'outbox.db'), {
      random: (n) => new Uint8Array(randomBytes(n)),
      now: wallClock(),
      maxBytes,
      damaged,
    })
  }

  #replace(): void {
    const waiting = this.#store.buffered()
    closed(this.#store)
    const { store, notice } = this.#open(true)
    this.#store = store
    for (const event of waiting) store.append(event)
    this.#options.opened(store, notice)
  }
}

/** Closing commits what it can: a file that refuses has been spoken of already. */
function closed(store: SqliteStore): void {
  try {
    store.close()
  } catch {}
}
