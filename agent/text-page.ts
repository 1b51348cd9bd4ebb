/**
 * Texts of events on their way to the main thread: UTF-8 lines in one piece of memory that crosses without a
 * copy. Each line begins with one digit, the event's value; JSON text has no line feed of its own.
 */
import type { Encoded, Value } from './store/store.ts'

export const PAGE_BYTES = 64 * 1024
/** A page that holds less is copied and used on: one event of a quiet hour does not cost a page. */
const COPIED_BYTES = PAGE_BYTES / 8
/** Pages kept for the next lines. */
const MAX_SPARE = 4
const LINE_FEED = 0x0a
const DIGIT = 0x30
const MAX_INT = 0x7fffffff
/** Below it a loop is cheaper than a call. */
const SHORT_CHARS = 32

export class TextPage {
  bytes = Buffer.alloc(0)
  at = 0
  lines = 0
  readonly #spare: Buffer<ArrayBuffer>[] = []

  /** Room for a line of at most `bytes`: false when the page must be taken first. */
  begin(value: Value, bytes: number): boolean {
    if (this.at + bytes + 2 > this.bytes.length) {
      if (this.at > 0) return false
      const spare = bytes + 2 > PAGE_BYTES ? undefined : this.#spare.pop()
      this.bytes = spare ?? Buffer.allocUnsafeSlow(Math.max(bytes + 2, PAGE_BYTES))
    }
    this.bytes[this.at++] = DIGIT + value
    return true
  }

  end(): void {
    this.bytes[this.at++] = LINE_FEED
    this.lines++
  }

  /** The lines, in memory of their own that may be transferred. */
  take(): Uint8Array<ArrayBuffer> {
    const whole = this.at >= COPIED_BYTES
    const taken = new Uint8Array(this.bytes.buffer as ArrayBuffer, 0, this.at)
    if (whole) this.bytes = Buffer.alloc(0)
    this.at = 0
    this.lines = 0
    return whole ? taken : taken.slice()
  }

  /** A page that was taken comes back: memory in use already costs no page fault. */
  give(memory: ArrayBuffer): void {
    if (memory.byteLength === PAGE_BYTES && this.#spare.length < MAX_SPARE)
      this.#spare.push(Buffer.from(memory))
  }

  piece(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** Text without a character above 0xff that JSON would escape or that takes two bytes in UTF-8. */
  ascii(text: string): void {
    const { length } = text
    if (length >= SHORT_CHARS) this.at += this.bytes.write(text, this.at, 'latin1')
    else {
      for (let i = 0; i < length; i++) this.bytes[this.at + i] = text.charCodeAt(i)
      this.at += length
    }
  }

  utf8(text: string): void {
    this.at += this.bytes.write(text, this.at, 'utf8')
  }

  /** A whole number, as JSON writes it. */
  whole(value: number): void {
    if (!(value >= 0 && value <= MAX_INT)) {
      this.ascii(String(value))
      return
    }
    let digits = 1
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++
    this.at += digits
    let left = value | 0
    for (let i = 1; i <= digits; i++) {
      const rest = (left / 10) | 0
      this.bytes[this.at - i] = DIGIT + left - 10 * rest
      left = rest
    }
  }
}

/** The lines of a page, in order. */
export function* eachLine(lines: Uint8Array): Generator<Encoded> {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, at)
    yield {
      value: ((bytes[at] as number) - DIGIT) as Value,
      json: bytes.toString('utf8', at + 1, end),
    }
    at = end + 1
  }
}
