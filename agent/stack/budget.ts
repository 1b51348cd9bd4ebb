/** So many a second and no more, counted in windows of a second that begin with their first use. */

const WINDOW_MS = 1_000

export class Budget {
  readonly #perSecond: number
  #since = Number.NEGATIVE_INFINITY
  #spent = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Take one. False: none was left. */
  spend(now: number): boolean {
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now
      this.#spent = 0
    }
    if (this.#spent >= this.#perSecond) return false
    this.#spent++
    return true
  }
}
