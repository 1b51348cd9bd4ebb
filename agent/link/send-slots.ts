/** The sending half of a Link: frames are written into slots and leave together. A full queue flushes itself. */

/** Sends the first `count` slots in order; returns how many left. */
export type SendSlotsNow = (count: number) => number

export class SendSlots {
  /** `slots` frames of `slotBytes` each. */
  readonly out: Uint8Array
  readonly #lengths: Uint32Array
  readonly #slotBytes: number
  readonly #send: SendSlotsNow
  #queued = 0
  #open = true
  sent = 0
  lost = 0

  /** @param lengths one entry a slot: the bytes of the frame in it */
  constructor(out: Uint8Array, lengths: Uint32Array, slotBytes: number, send: SendSlotsNow) {
    this.out = out
    this.#lengths = lengths
    this.#slotBytes = slotBytes
    this.#send = send
  }

  reserve(): number {
    if (this.#queued === this.#lengths.length) this.flush()
    if (this.#open) return this.#queued * this.#slotBytes
    this.lost++
    return -1
  }

  commit(length: number): void {
    if (!this.#open || this.#queued === this.#lengths.length || length > this.#slotBytes) {
      this.lost++
      return
    }
    this.#lengths[this.#queued++] = length
  }

  flush(): void {
    const count = this.#queued
    if (count === 0) return
    this.#queued = 0
    const sent = this.#send(count)
    this.sent += sent
    this.lost += count - sent
  }

  /** Frames still queued are sent; later ones are lost and counted. */
  close(): void {
    if (this.#open) this.flush()
    this.#open = false
  }
}
