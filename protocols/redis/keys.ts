/** The visitor's own key space: what he stored in this conversation, nothing else, bounded. */
const MAX_KEYS = 256
const MAX_BYTES = 256 * 1024
/** Longest pattern that is matched; longer ones match nothing. */
const MAX_PATTERN = 256

export class Keys {
  readonly #databases = new Map<number, Map<string, string>>()
  #size = 0
  #count = 0
  #selected = 0

  select(index: number): void {
    this.#selected = index
  }

  get #map(): Map<string, string> {
    const map = this.#databases.get(this.#selected) ?? new Map<string, string>()
    this.#databases.set(this.#selected, map)
    return map
  }

  /** False: there is no room left. */
  set(key: string, value: string): boolean {
    const old = this.#map.get(key)
    const grown = value.length - (old === undefined ? -key.length : old.length)
    if (this.#size + grown > MAX_BYTES) return false
    if (old === undefined && this.#count >= MAX_KEYS) return false
    if (old === undefined) this.#count++
    this.#size += grown
    this.#map.set(key, value)
    return true
  }

  get = (key: string): string | undefined => this.#map.get(key)

  delete(key: string): boolean {
    const old = this.#map.get(key)
    if (old === undefined) return false
    this.#size -= key.length + old.length
    this.#count--
    return this.#map.delete(key)
  }

  clear(all: boolean): void {
    for (const [index, map] of this.#databases) {
      if (!all && index !== this.#selected) continue
      for (const [key, value] of map) this.#size -= key.length + value.length
      this.#count -= map.size
      this.#databases.delete(index)
    }
  }

  get size(): number {
    return this.#map.size
  }

  match = (pattern: string): string[] => [...this.#map.keys()].filter((key) => glob(pattern, key))

  /** [database, keys], for INFO. */
  sizes = (): [number, number][] =>
    [...this.#databases].filter(([, map]) => map.size > 0).map(([index, map]) => [index, map.size])
}

/** Redis's glob: `*`, `?`, `[a-z]`, `[^…]`, backslash. One star is remembered, so the work is bounded. */
export function glob(pattern: string, text: string): boolean {
  if (pattern.length > MAX_PATTERN) return false
  let p = 0
  let s = 0
  let star = -1
  let mark = 0
  while (s < text.length) {
    const step = pattern[p] === '*' ? 0 : one(pattern, p, text[s] ?? '')
    if (step > 0) {
      p += step
      s++
    } else if (pattern[p] === '*') {
      star = p++
      mark = s
    } else if (star >= 0) {
      p = star + 1
      s = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** How many letters of the pattern at `p` took `letter`: 0 if they do not. */
function one(pattern: string, p: number, letter: string): number {
  const first = pattern[p]
  if (first === undefined) return 0
  if (first === '?') return 1
  if (first === '\\' && p + 1 < pattern.length) return pattern[p + 1] === letter ? 2 : 0
  if (first !== '[') return first === letter ? 1 : 0
  let at = p + 1
  const not = pattern[at] === '^'
  if (not) at++
  let found = false
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\' && at + 1 < pattern.length) at++
    const low = pattern[at] ?? ''
    const range = pattern[at + 1] === '-' && at + 2 < pattern.length
    const high = range ? (pattern[at + 2] ?? '') : low
    found ||= (low <= letter && letter <= high) || (high <= letter && letter <= low)
    at += range ? 3 : 1
  }
  return found !== not ? Math.min(at, pattern.length - 1) - p + 1 : 0
}
