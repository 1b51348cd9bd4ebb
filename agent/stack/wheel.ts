/**
 * A timer wheel: one deadline for each entry, arming and moving in constant time, nothing allocated.
 * Deadlines beyond one turn stay in their slot and are looked at once a turn.
 */

const SLOTS = 1024
export const SLOT_MS = 16

/** What the wheel threads its lists through. `deadline` in ms; 0: not armed. */
export interface Timed {
  deadline: number
  timerNext: Timed | undefined
  timerPrevious: Timed | undefined
}

export class Wheel {
  readonly #heads: (Timed | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #used = new Uint32Array(SLOTS / 32)
  readonly #expire: (entry: Timed, now: number) => void
  #cursor: number
  #count = 0
  /** The entry that `tick` looks at next: what it expires may disarm any other. */
  #following: Timed | undefined

  constructor(now: number, expire: (entry: Timed, now: number) => void) {
    this.#cursor = Math.floor(now / SLOT_MS)
    this.#expire = expire
  }

  arm(entry: Timed, deadline: number): void {
    if (entry.deadline !== 0) this.disarm(entry)
    // Never into the slot that `tick` has passed: it would wait a whole turn.
    const at = Math.max(Math.ceil(deadline / SLOT_MS), this.#cursor + 1)
    entry.deadline = at * SLOT_MS
    const slot = at & (SLOTS - 1)
    const head = this.#heads[slot]
    entry.timerNext = head
    entry.timerPrevious = undefined
    if (head !== undefined) head.timerPrevious = entry
    this.#heads[slot] = entry
    this.#used[slot >> 5] = (this.#used[slot >> 5] as number) | (1 << (slot & 31))
    this.#count++
  }

  disarm(entry: Timed): void {
    if (entry.deadline === 0) return
    const slot = (entry.deadline / SLOT_MS) & (SLOTS - 1)
    if (entry === this.#following) this.#following = entry.timerNext
    if (entry.timerPrevious === undefined) this.#heads[slot] = entry.timerNext
    else entry.timerPrevious.timerNext = entry.timerNext
    if (entry.timerNext !== undefined) entry.timerNext.timerPrevious = entry.timerPrevious
    if (this.#heads[slot] === undefined)
      this.#used[slot >> 5] = (this.#used[slot >> 5] as number) & ~(1 << (slot & 31))
    entry.deadline = 0
    entry.timerNext = undefined
    entry.timerPrevious = undefined
    this.#count--
  }

  /** Expire what is due. An expired entry is disarmed first; `expire` may arm it again. */
  tick(now: number): void {
    const until = Math.floor(now / SLOT_MS)
    const turns = Math.min(until - this.#cursor, SLOTS)
    for (let i = 0; i < turns; i++) {
      this.#cursor = until - turns + i + 1
      let entry = this.#heads[this.#cursor & (SLOTS - 1)]
      while (entry !== undefined) {
        this.#following = entry.timerNext
        if (entry.deadline <= now) {
          this.disarm(entry)
          this.#expire(entry, now)
        }
        entry = this.#following
      }
    }
    if (until > this.#cursor) this.#cursor = until
  }

  /** When `tick` has something to look at; Infinity: nothing is armed. */
  get next(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY
    for (let i = 1; i <= SLOTS; i++) {
      const slot = (this.#cursor + i) & (SLOTS - 1)
      const word = this.#used[slot >> 5] as number
      if (word === 0) i += 31 - (slot & 31)
      else if ((word >>> (slot & 31)) & 1) return (this.#cursor + i) * SLOT_MS
    }
    return (this.#cursor + SLOTS) * SLOT_MS
  }
}
