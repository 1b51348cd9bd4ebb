/** What a flow has written and the visitor has not yet acknowledged: one byte sequence, cut into segments at will. */

/** Above this a writer is told to wait, in bytes. */
export const HIGH_WATER_BYTES = 64 * 1024
/** What a chunk costs beside its bytes, about: a service may answer letter by letter. */
export const CHUNK_OVERHEAD_BYTES = 128

export class SendQueue {
  #chunks: Uint8Array[] = []
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }
  /** Memory that the queue takes: a chunk is kept until all of it is acknowledged. */
  get bytes(): number {
    return this.#length + this.#head + this.#chunks.length * CHUNK_OVERHEAD_BYTES
  }

  /** Queue a copy. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#chunks.push(Uint8Array.prototype.slice.call(bytes))
    this.#length += bytes.length
  }

  /** Copy `length` bytes, `from` bytes behind the first unacknowledged one, to `offset` of `target`. */
  copy(from: number, length: number, target: Uint8Array, offset: number): void {
    let skip = from + this.#head
    let at = offset
    let left = length
    for (const chunk of this.#chunks) {
      if (skip >= chunk.length) {
        skip -= chunk.length
        continue
      }
      const take = Math.min(left, chunk.length - skip)
      for (let i = 0; i < take; i++) target[at + i] = chunk[skip + i] as number
      at += take
      left -= take
      skip = 0
      if (left === 0) return
    }
  }

  /** The first `count` bytes have arrived. */
  acknowledge(count: number): void {
    this.#length -= count
    let left = count + this.#head
    let done = 0
    while (done < this.#chunks.length && left >= (this.#chunks[done] as Uint8Array).length) {
      left -= (this.#chunks[done] as Uint8Array).length
      done++
    }
    if (done > 0) this.#chunks.splice(0, done)
    this.#head = this.#chunks.length === 0 ? 0 : left
  }
}
