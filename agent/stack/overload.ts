/**
 * More SYNs than can be answered: first ones are only noted, and whoever repeats its SYN is answered then.
 * Kernels do after a second; floods from forged addresses do not. A Bloom filter of two generations, of
 * fixed size, remembers what was seen; it is made when it is first needed.
 */

/** Share of the link's buffer that waits, above which it is too much, and below which it is over. */
const HIGH = 1 / 4
const LOW = 1 / 8
/** A sweep of all ports at 300,000 a second is over by then, and is answered whole. */
const SUSTAINED_MS = 1_000
/** One generation: a kernel's first repetition comes within it or the next. */
const GENERATION_MS = 2_000
/** 2 MiB a generation: of two million SYNs in it one in twenty is taken for a repetition. */
const BITS = 2 ** 24
const WORD_BITS = 32

export class Overload {
  on = false
  #since = -1
  #until = 0
  #current: Uint32Array | undefined
  #previous: Uint32Array | undefined

  /** `backlog`: share of the link's buffer that waits, 0 to 1. `now` in ms. */
  feel(backlog: number, now: number): void {
    if (backlog < LOW) {
      this.#since = -1
      this.on = false
    } else if (backlog > HIGH) {
      if (this.#since < 0) this.#since = now
      else if (now - this.#since >= SUSTAINED_MS) this.on = true
    }
  }

  /** Was this SYN seen in the last seconds? It is from now on. `hash` is keyed over its conversation. */
  repeated(hash: number, sequence: number, now: number): boolean {
    const current = this.#generation(now)
    const mixed = Math.imul(hash ^ Math.imul(sequence, 0x9e3779b1), 0x85ebca6b)
    const one = (mixed ^ (mixed >>> 15)) & (BITS - 1)
    const other = (Math.imul(mixed, 0xc2b2ae35) >>> 8) & (BITS - 1)
    const seen =
      (has(current, one) && has(current, other)) ||
      (this.#previous !== undefined && has(this.#previous, one) && has(this.#previous, other))
    put(current, one)
    put(current, other)
    return seen
  }

  #generation(now: number): Uint32Array {
    if (this.#current === undefined || now >= this.#until) {
      const older = this.#previous
      this.#previous = now < this.#until + GENERATION_MS ? this.#current : undefined
      this.#current = older?.fill(0) ?? new Uint32Array(BITS / WORD_BITS)
      this.#until = now + GENERATION_MS
    }
    return this.#current
  }
}

const has = (bits: Uint32Array, at: number): boolean =>
  (((bits[at >>> 5] as number) >>> (at & 31)) & 1) === 1

function put(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] as number) | (1 << (at & 31))
}
