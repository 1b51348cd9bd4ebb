/**
 * Aho-Corasick over small alphabets: all literals of all rules in one pass, without regard to case.
 * Characters that occur in no literal share one class, so the table stays small.
 */

/** Characters above it are in no literal. */
const MAX_CODE = 255

export class Literals {
  readonly #classes = new Uint8Array(MAX_CODE + 1)
  readonly #width: number
  readonly #next: Int32Array
  /** Where a state's output begins in `#outputs`; the next state's beginning ends it. */
  readonly #starts: Int32Array
  readonly #outputs: Int32Array
  /** By literal: bits of the fields it was found in since `reset`. */
  readonly hits: Int32Array
  /** Literals with a hit. */
  readonly touched: number[] = []

  /** `literals`: Latin-1 texts of at least one character; their index is their id. */
  constructor(literals: readonly string[]) {
    const lower = literals.map((literal) => literal.toLowerCase())
    this.hits = new Int32Array(literals.length)
    let width = 1
    for (const literal of lower)
      for (let i = 0; i < literal.length; i++) {
        const code = literal.charCodeAt(i)
        if (code > MAX_CODE) throw new TypeError(`literal '${literal}' is not Latin-1`)
        if (this.#classes[code] === 0) this.#classes[code] = width++
      }
    for (let code = 0x41; code <= 0x5a; code++)
      this.#classes[code] = this.#classes[code + 0x20] as number
    this.#width = width
    const states = 1 + lower.reduce((sum, literal) => sum + literal.length, 0)
    this.#next = new Int32Array(states * width)
    const found: number[][] = [[]]
    for (const [id, literal] of lower.entries()) found[this.#insert(literal, found)]?.push(id)
    this.#link(found)
    this.#starts = new Int32Array(found.length + 1)
    for (const [state, ids] of found.entries())
      this.#starts[state + 1] = (this.#starts[state] as number) + ids.length
    this.#outputs = Int32Array.from(found.flat())
  }

  reset(): void {
    for (const id of this.touched) this.hits[id] = 0
    this.touched.length = 0
  }

  /** Notes `bits` for every literal in `text`. */
  scan(text: string, bits: number): void {
    const next = this.#next
    const width = this.#width
    const starts = this.#starts
    let state = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      const kind = code > MAX_CODE ? 0 : (this.#classes[code] as number)
      state = next[state * width + kind] as number
      const end = starts[state + 1] as number
      for (let at = starts[state] as number; at < end; at++) {
        const id = this.#outputs[at] as number
        const known = this.hits[id] as number
        if (known === 0) this.touched.push(id)
        this.hits[id] = known | bits
      }
    }
  }

  #insert(literal: string, found: number[][]): number {
    let state = 0
    for (let i = 0; i < literal.length; i++) {
      const at = state * this.#width + (this.#classes[literal.charCodeAt(i)] as number)
      if (this.#next[at] === 0) {
        this.#next[at] = found.length
        found.push([])
      }
      state = this.#next[at] as number
    }
    return state
  }

  /** Breadth first: every missing transition becomes that of the longest suffix. */
  #link(found: number[][]): void {
    const width = this.#width
    const suffix = new Int32Array(found.length)
    const queue: number[] = []
    for (let kind = 1; kind < width; kind++) {
      const state = this.#next[kind] as number
      if (state !== 0) queue.push(state)
    }
    for (let head = 0; head < queue.length; head++) {
      const state = queue[head] as number
      const back = suffix[state] as number
      found[state]?.push(...(found[back] ?? []))
      for (let kind = 1; kind < width; kind++) {
        const at = state * width + kind
        const target = this.#next[at] as number
        const fallback = this.#next[back * width + kind] as number
        if (target === 0) this.#next[at] = fallback
        else {
          suffix[target] = fallback
          queue.push(target)
        }
      }
    }
  }
}
