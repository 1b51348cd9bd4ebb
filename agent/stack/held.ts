/**
 * What all flows together hold in memory, in bytes: unread, out of order, unacknowledged. Each flow is
 * bounded by itself, but not their sum. Constant time for each change.
 */
import type { Connection } from './connection.ts'
import { worth } from './table.ts'

/** The default bound: what a sensor of 1 GiB can spare. */
export const MAX_HELD_BYTES = 256 * 1024 * 1024
/** How many of those that have held bytes for longest are compared for one to give up. */
const SAMPLE = 32

export class Held {
  bytes = 0
  // Whoever holds bytes, in the order in which they began to.
  #first: Connection | undefined
  #last: Connection | undefined

  /** What `c` holds has changed. */
  settle(c: Connection): void {
    const bytes = c.held
    const before = c.heldCounted
    if (bytes === before) return
    this.bytes += bytes - before
    c.heldCounted = bytes
    if (before === 0) this.#link(c)
    else if (bytes === 0) this.#unlink(c)
  }

  leastValuable(): Connection | undefined {
    let worst = this.#first
    let c = worst?.heldNext
    for (let seen = 1; c !== undefined && seen < SAMPLE; seen++, c = c.heldNext)
      if (worth(c) < worth(worst as Connection)) worst = c
    return worst
  }

  #link(c: Connection): void {
    c.heldPrevious = this.#last
    if (this.#last === undefined) this.#first = c
    else this.#last.heldNext = c
    this.#last = c
  }

  #unlink(c: Connection): void {
    if (c.heldPrevious === undefined) this.#first = c.heldNext
    else c.heldPrevious.heldNext = c.heldNext
    if (c.heldNext === undefined) this.#last = c.heldPrevious
    else c.heldNext.heldPrevious = c.heldPrevious
    c.heldNext = undefined
    c.heldPrevious = undefined
  }
}
