/** Bounded, message-shaped reads over a byte stream. */

/** The visitor's bytes break the protocol. A finding, not a fault. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** How long is the first message of `head`? undefined: not enough to say yet. */
export type Frame = (head: Uint8Array) => number | undefined

/** Where a reader's bytes come from: a flow, or a test's script. */
export interface ByteSource {
  /** All that has arrived and was not yet taken; undefined when there is nothing now. */
  take(): Buffer | undefined
  /** No byte will come after those that `take` still returns. */
  readonly ended: boolean
  /** Call `ready` once, when there is something to take or the source has ended. */
  wait(ready: () => void): void
}

/** Bytes that may wait unread for one message: the size of the largest message any protocol reads. */
export const MAX_UNREAD_BYTES = 64 * 1024

const NOTHING = Buffer.alloc(0)

export class Reader {
  readonly #source: ByteSource
  readonly #limit: number
  #held: Buffer
  #arriving: Promise<boolean> | undefined

  /** `head` is what recognition has already taken from the source. */
  constructor(source: ByteSource, head: Buffer = NOTHING, limit = MAX_UNREAD_BYTES) {
    this.#source = source
    this.#held = head
    this.#limit = limit
  }

  /** What has arrived and is not yet taken. */
  get head(): Buffer {
    return this.#held
  }

  /** Wait for anything more. False at the end of the stream. Everyone waiting shares one read. */
  more(): Promise<boolean> {
    this.#arriving ??= this.#pull().finally(() => {
      this.#arriving = undefined
    })
    return this.#arriving
  }

  /** The next whole message, or undefined at a clean end of the stream. */
  async message(frame: Frame): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.#held.length === 0 ? undefined : frame(this.#held)
      if (length !== undefined && length > this.#limit) throw new Malformed('message too long')
      if (length !== undefined && length <= this.#held.length) return this.#take(length)
      if (this.#held.length >= this.#limit) throw new Malformed('too much unread data')
      if (await this.more()) continue
      if (this.#held.length === 0) return undefined
      throw new Malformed('stream ended inside a message')
    }
  }

  /** All that is there now, at least one byte; undefined at the end of the stream. */
  async chunk(): Promise<Buffer | undefined> {
    if (this.#held.length === 0 && !(await this.more())) return undefined
    return this.#take(this.#held.length)
  }

  async #pull(): Promise<boolean> {
    for (;;) {
      const bytes = this.#source.take()
      if (bytes !== undefined) {
        this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
        return true
      }
      if (this.#source.ended) return false
      await new Promise<void>((ready) => this.#source.wait(ready))
    }
  }

  #take(length: number): Buffer {
    const message = this.#held.subarray(0, length)
    this.#held = length === this.#held.length ? NOTHING : this.#held.subarray(length)
    return message
  }
}
