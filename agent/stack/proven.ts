/** Sources that have completed a handshake of late: their address is no stranger's. A table of fixed size; a newcomer takes a slot over. */

const SOURCES = 8192
/** A proof is good for so long: addresses are handed on. */
const PROOF_MS = 600_000

export class Proven {
  readonly #source = new Int32Array(SOURCES)
  readonly #at = new Float64Array(SOURCES).fill(Number.NEGATIVE_INFINITY)

  /** `hash` is keyed over the source. */
  add(hash: number, source: number, now: number): void {
    const slot = hash & (SOURCES - 1)
    this.#source[slot] = source
    this.#at[slot] = now
  }

  has(hash: number, source: number, now: number): boolean {
    const slot = hash & (SOURCES - 1)
    return this.#source[slot] === source && now - (this.#at[slot] as number) < PROOF_MS
  }
}
