/** A set of ports in at most 8 KiB, whatever an attacker does: a list while it is small, a bitmap after. */

const PORTS = 65_536
const BITMAP_BYTES = PORTS / 8
/** From here the bitmap is no longer than the list; its length tells which of the two a blob is. */
const LIST_PORTS = BITMAP_BYTES / 2

export class PortSet {
  #bits: Uint8Array | undefined
  #list: Set<number>

  private constructor(bits: Uint8Array | undefined, list: Set<number>) {
    this.#bits = bits
    this.#list = list
  }

  /** The inverse of `encode`; no bytes are the empty set. */
  static decode(blob: Uint8Array): PortSet {
    if (blob.length === BITMAP_BYTES) return new PortSet(Uint8Array.from(blob), new Set())
    const list = new Set<number>()
    for (let at = 0; at + 1 < blob.length; at += 2)
      list.add((blob[at] ?? 0) | ((blob[at + 1] ?? 0) << 8))
    return new PortSet(undefined, list)
  }

  get size(): number {
    if (this.#bits === undefined) return this.#list.size
    let count = 0
    for (const byte of this.#bits) for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1
    return count
  }

  /** true if it was not there before. */
  add(port: number): boolean {
    if (this.#bits === undefined) {
      if (this.#list.has(port)) return false
      this.#list.add(port)
      if (this.#list.size >= LIST_PORTS) this.#toBitmap()
      return true
    }
    const before = this.#bits[port >> 3] ?? 0
    const after = before | (1 << (port & 7))
    this.#bits[port >> 3] = after
    return after !== before
  }

  /** Compact ranges, "22-23,80"; what is no range is passed over. */
  addRanges(text: string): void {
    for (const part of text.split(',')) {
      const [low, high = low] = part.split('-').map(Number)
      if (low === undefined || high === undefined) continue
      if (!isPort(low) || !isPort(high)) continue
      for (let port = low; port <= high; port++) this.add(port)
    }
  }

  encode(): Uint8Array {
    if (this.#bits !== undefined) return this.#bits
    const blob = new Uint8Array(this.#list.size * 2)
    let at = 0
    for (const port of this.#list) {
      blob[at++] = port & 0xff
      blob[at++] = port >> 8
    }
    return blob
  }

  #toBitmap(): void {
    const bits = new Uint8Array(BITMAP_BYTES)
    for (const port of this.#list) bits[port >> 3] = (bits[port >> 3] ?? 0) | (1 << (port & 7))
    this.#bits = bits
    this.#list = new Set()
  }
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port < PORTS
