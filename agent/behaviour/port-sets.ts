/**
 * Many sets of ports in fixed memory: a short list each, and for the few that outgrow it a bitmap
 * from a common pool. When the pool is empty the bitmap with the fewest ports is taken away: that
 * set keeps its count, lowest and highest port, and learns no more.
 */

/** Ports a set holds before it needs a bitmap. */
const LIST_PORTS = 16
const PORTS = 65_536
const WORDS = PORTS / 32
/** Longest text of `ranges`, in characters. */
const MAX_TEXT = 4096
const NO_BITMAP = -1
const LOST = -2

export type PortRanges = {
  /** Compact ranges: "22-23,80"; ends in "…" when there is more than fits or the set was cut. */
  readonly text: string
  readonly count: number
}

export class PortSets {
  /** Bitmaps taken away from their sets since the start. */
  bitmapsEvicted = 0
  readonly #lists: Uint16Array
  readonly #counts: Int32Array
  readonly #lowest: Uint16Array
  readonly #highest: Uint16Array
  readonly #bitmapOf: Int32Array
  readonly #bitmaps: Int32Array
  readonly #owners: Int32Array
  readonly #scratch = new Int32Array(WORDS)

  /** `sets` in number, `bitmaps` of 8 KiB among them. */
  constructor(sets: number, bitmaps: number) {
    this.#lists = new Uint16Array(sets * LIST_PORTS)
    this.#counts = new Int32Array(sets)
    this.#lowest = new Uint16Array(sets)
    this.#highest = new Uint16Array(sets)
    this.#bitmapOf = new Int32Array(sets).fill(NO_BITMAP)
    this.#bitmaps = new Int32Array(bitmaps * WORDS)
    this.#owners = new Int32Array(bitmaps).fill(-1)
  }

  count(set: number): number {
    return this.#counts[set] as number
  }

  /** True when the port is new to the set. */
  add(set: number, port: number): boolean {
    const bitmap = this.#bitmapOf[set] as number
    if (bitmap === LOST || this.#find(set, bitmap, port)) return false
    const count = this.#counts[set] as number
    if (bitmap >= 0) this.#mark(bitmap, port)
    else if (count < LIST_PORTS) this.#lists[set * LIST_PORTS + count] = port
    else this.#mark(this.#promote(set), port)
    this.#counts[set] = count + 1
    if (count === 0 || port < (this.#lowest[set] as number)) this.#lowest[set] = port
    if (count === 0 || port > (this.#highest[set] as number)) this.#highest[set] = port
    return true
  }

  has(set: number, port: number): boolean {
    return this.#find(set, this.#bitmapOf[set] as number, port)
  }

  clear(set: number): void {
    const bitmap = this.#bitmapOf[set] as number
    if (bitmap >= 0) this.#owners[bitmap] = -1
    this.#bitmapOf[set] = NO_BITMAP
    this.#counts[set] = 0
  }

  /** The ports of `set` that are not in `except`. */
  ranges(set: number, except: number): PortRanges {
    const bitmap = this.#bitmapOf[set] as number
    if (bitmap === LOST) {
      const count = Math.max((this.#counts[set] as number) - (this.#counts[except] as number), 0)
      return { text: `${this.#lowest[set]},${this.#highest[set]},…`, count }
    }
    const out = new RangeText()
    if (bitmap < 0) {
      const at = set * LIST_PORTS
      const list = this.#lists.slice(at, at + (this.#counts[set] as number)).sort()
      for (const port of list) if (!this.has(except, port)) out.add(port)
      return out.end()
    }
    const words = this.#without(bitmap, except)
    for (let i = 0; i < WORDS; i++) {
      let word = words[i] as number
      if (word === -1) out.addRun(i * 32, i * 32 + 31)
      else
        while (word !== 0) {
          const bit = 31 - Math.clz32(word & -word)
          out.add(i * 32 + bit)
          word &= word - 1
        }
    }
    return out.end()
  }

  #find(set: number, bitmap: number, port: number): boolean {
    if (bitmap >= 0)
      return (((this.#bitmaps[bitmap * WORDS + (port >>> 5)] as number) >>> (port & 31)) & 1) === 1
    if (bitmap === LOST) return false
    const at = set * LIST_PORTS
    const end = at + (this.#counts[set] as number)
    for (let i = at; i < end; i++) if (this.#lists[i] === port) return true
    return false
  }

  #mark(bitmap: number, port: number): void {
    const at = bitmap * WORDS + (port >>> 5)
    this.#bitmaps[at] = (this.#bitmaps[at] as number) | (1 << (port & 31))
  }

  /** Moves the full list of `set` into a bitmap and returns it. */
  #promote(set: number): number {
    let bitmap = this.#owners.indexOf(-1)
    if (bitmap < 0) {
      bitmap = this.#leastValuable()
      this.#bitmapOf[this.#owners[bitmap] as number] = LOST
      this.bitmapsEvicted++
    }
    this.#bitmaps.fill(0, bitmap * WORDS, (bitmap + 1) * WORDS)
    this.#owners[bitmap] = set
    this.#bitmapOf[set] = bitmap
    const at = set * LIST_PORTS
    for (let i = at; i < at + LIST_PORTS; i++) this.#mark(bitmap, this.#lists[i] as number)
    return bitmap
  }

  #leastValuable(): number {
    let least = 0
    for (let i = 1; i < this.#owners.length; i++) {
      const count = this.#counts[this.#owners[i] as number] as number
      if (count < (this.#counts[this.#owners[least] as number] as number)) least = i
    }
    return least
  }

  #without(bitmap: number, except: number): Int32Array {
    const words = this.#scratch
    words.set(this.#bitmaps.subarray(bitmap * WORDS, (bitmap + 1) * WORDS))
    const other = this.#bitmapOf[except] as number
    if (other >= 0)
      for (let i = 0; i < WORDS; i++)
        words[i] = (words[i] as number) & ~(this.#bitmaps[other * WORDS + i] as number)
    else if (other === NO_BITMAP) {
      const at = except * LIST_PORTS
      for (let i = at; i < at + (this.#counts[except] as number); i++) {
        const port = this.#lists[i] as number
        words[port >>> 5] = (words[port >>> 5] as number) & ~(1 << (port & 31))
      }
    }
    return words
  }
}

/** Ports in ascending order to text. */
class RangeText {
  #text = ''
  #cut = false
  #first = -1
  #last = -2
  #count = 0

  add(port: number): void {
    this.addRun(port, port)
  }

  addRun(first: number, last: number): void {
    this.#count += last - first + 1
    if (first !== this.#last + 1) {
      this.#write()
      this.#first = first
    }
    this.#last = last
  }

  end(): PortRanges {
    this.#write()
    return { text: this.#cut ? `${this.#text},…` : this.#text, count: this.#count }
  }

  #write(): void {
    if (this.#first < 0 || this.#cut) return
    const part = this.#first === this.#last ? `${this.#first}` : `${this.#first}-${this.#last}`
    if (this.#text.length + part.length + 1 > MAX_TEXT) this.#cut = true
    else this.#text += this.#text === '' ? part : `,${part}`
  }
}
