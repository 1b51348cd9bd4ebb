/**
 * Error messages are rationed (RFC 1812 4.3.2.8, RFC 4443 2.4(f)): token buckets by destination in a table
 * of fixed size, and a bound for all together.
 */

const DESTINATIONS = 1024
const MAX_PER_SECOND = 1_000
const SECOND_MS = 1_000

export class Ration {
  readonly #owner = new Int32Array(DESTINATIONS)
  readonly #tokens = new Float64Array(DESTINATIONS)
  readonly #filled = new Float64Array(DESTINATIONS)
  #second = 0
  #sent = 0

  /** `hash` is keyed over the destination. A destination that is new has `burst` to its name. */
  spend(hash: number, destination: number, perSecond: number, burst: number, now: number): boolean {
    const second = Math.floor(now / SECOND_MS)
    if (second !== this.#second) {
      this.#second = second
      this.#sent = 0
    }
    if (this.#sent >= MAX_PER_SECOND) return false
    const slot = hash & (DESTINATIONS - 1)
    if (this.#owner[slot] !== destination) {
      this.#owner[slot] = destination
      this.#tokens[slot] = burst
      this.#filled[slot] = now
    }
    const grown = ((now - (this.#filled[slot] as number)) * perSecond) / SECOND_MS
    const tokens = Math.min((this.#tokens[slot] as number) + grown, burst)
    this.#filled[slot] = now
    if (tokens < 1) {
      this.#tokens[slot] = tokens
      return false
    }
    this.#tokens[slot] = tokens - 1
    this.#sent++
    return true
  }
}
