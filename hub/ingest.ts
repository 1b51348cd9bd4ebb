/**
 * From the broker into the database. What has arrived since the last turn is committed in one transaction, and only
 * then is each sensor told how far it may forget.
 */
import type { Ack } from '../agent/event.ts'
import { type Batch, decodeBatch } from './batch.ts'
import type { HubStore } from './store/hub-store.ts'

/** `resend`: something before is missing; begin again after `upto`. */
export type Answer = Ack & { readonly resend?: true }
export type IngestCounts = {
  readonly batches: number
  readonly events: number
  readonly duplicates: number
  readonly rejectedLines: number
  readonly refusedBatches: number
  /** Batches given up because the database refused or too much was waiting; the sensors send them again. */
  readonly lostBatches: number
}
export type IngestOptions = {
  readonly store: HubStore
  readonly answer: (sensor: string, answer: Answer) => void
  readonly warn: (message: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Batches waiting for the next transaction: bounds memory and the time one turn takes. */
const MAX_WAITING = 64
const TOPIC = /^cuttle\/v1\/([^/]{1,64})\/up\/ev$/

export class Ingest {
  readonly #options: IngestOptions
  #waiting: Batch[] = []
  #scheduled = false
  #counts = {
    batches: 0,
    events: 0,
    duplicates: 0,
    rejectedLines: 0,
    refusedBatches: 0,
    lostBatches: 0,
  }

  constructor(options: IngestOptions) {
    this.#options = options
  }

  /** A message of `ALL_EVENTS`. */
  offer(topic: string, payload: Uint8Array): void {
    const batch = decodeBatch(TOPIC.exec(topic)?.[1] ?? '', payload)
    if ('refused' in batch) {
      this.#counts.refusedBatches += 1
      this.#options.warn(`a batch on ${topic.slice(0, 100)} is refused: ${batch.refused}`)
      return
    }
    this.#counts.rejectedLines += batch.rejected
    this.#waiting.push(batch)
    if (this.#waiting.length >= MAX_WAITING) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => this.flush())
    }
  }

  /** Commits what waits and answers. */
  flush(): void {
    this.#scheduled = false
    const batches = this.#waiting
    if (batches.length === 0) return
    this.#waiting = []
    this.#commit(batches)
  }

  #commit(batches: readonly Batch[]): void {
    const answers = new Map<string, [sensor: string, answer: Answer]>()
    try {
      const committed = this.#options.store.commit(batches, this.#options.now())
      committed.forEach(({ sensor, epoch, upto, gap, added }, index) => {
        const total = batches[index]?.events.length ?? 0
        this.#counts.batches += 1
        this.#counts.events += added
        this.#counts.duplicates += total - added
        answers.set(`${sensor} ${epoch}`, [sensor, { epoch, upto, ...(gap && { resend: true }) }])
      })
    } catch (error) {
      // One batch must not hold up those of other sensors.
      if (batches.length > 1) for (const batch of batches) this.#commit([batch])
      else this.#lose(error)
    }
    for (const [sensor, answer] of answers.values()) this.#options.answer(sensor, answer)
  }

  #lose(error: unknown): void {
    this.#counts.lostBatches += 1
    const reason = error instanceof Error ? error.message : String(error)
    this.#options.warn(
      `the database refused a batch, which the sensor will send again: ${reason}; is the disk full?`,
    )
  }

  counts(): IngestCounts {
    return this.#counts
  }
}
