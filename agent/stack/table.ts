/** Connections by address and port: keyed hash, chained, bounded. Gives up the least valuable when full. */
import type { Connection } from './connection.ts'

const HEADS = 65_536
/** How many candidates an eviction compares: enough that what it gives up is nearly the least valuable. */
const SAMPLE = 32

export class Table {
  readonly #heads: (Connection | undefined)[] = new Array(HEADS).fill(undefined)
  readonly #limit: number
  #size = 0
  #hand = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#size
  }
  get full(): boolean {
    return this.#size >= this.#limit
  }

  find(
    hash: number,
    remote: number,
    remotePort: number,
    local: number,
    localPort: number,
  ): Connection | undefined {
    let c = this.#heads[hash & (HEADS - 1)]
    while (
      c !== undefined &&
      (c.remotePort !== remotePort ||
        c.localPort !== localPort ||
        c.remoteAddress !== remote ||
        c.host.address !== local)
    )
      c = c.hashNext
    return c
  }

  add(c: Connection): void {
    const slot = c.hash & (HEADS - 1)
    c.hashNext = this.#heads[slot]
    this.#heads[slot] = c
    this.#size++
  }

  remove(c: Connection): void {
    const slot = c.hash & (HEADS - 1)
    let at = this.#heads[slot]
    if (at === c) this.#heads[slot] = c.hashNext
    else {
      while (at !== undefined && at.hashNext !== c) at = at.hashNext
      if (at === undefined) return
      at.hashNext = c.hashNext
    }
    c.hashNext = undefined
    this.#size--
  }

  /** The least valuable of a sample: closed before silent before talking, then the longest idle. */
  leastValuable(): Connection | undefined {
    let worst: Connection | undefined
    let seen = 0
    for (let i = 0; i < HEADS && seen < SAMPLE; i++) {
      this.#hand = (this.#hand + 1) & (HEADS - 1)
      for (let c = this.#heads[this.#hand]; c !== undefined; c = c.hashNext) {
        seen++
        if (worst === undefined || worth(c) < worth(worst)) worst = c
      }
    }
    return worst
  }

  each(visit: (c: Connection) => void): void {
    for (const head of this.#heads)
      for (let c = head; c !== undefined; ) {
        const next: Connection | undefined = c.hashNext
        visit(c)
        c = next
      }
  }
}

const CLASS_MS = 1e12
/** What it costs to give `c` up. */
export const worth = (c: Connection): number =>
  (c.ending !== undefined ? 0 : c.bytesIn === 0 ? CLASS_MS : 2 * CLASS_MS) + c.lastActivity
