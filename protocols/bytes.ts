/** Cursor and Writer: how codecs read and build binary messages. */
import { Malformed } from './reader.ts'

/** Reads in order; running off the end is `Malformed`. */
export class Cursor {
  readonly bytes: Buffer
  #at: number
  readonly end: number

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.#at = at
    this.end = end
  }

  get at(): number {
    return this.#at
  }

  get left(): number {
    return this.end - this.#at
  }

  u8(): number {
    return this.bytes.readUInt8(this.#step(1))
  }
  u16be(): number {
    return this.bytes.readUInt16BE(this.#step(2))
  }
  u16le(): number {
    return this.bytes.readUInt16LE(this.#step(2))
  }
  u32be(): number {
    return this.bytes.readUInt32BE(this.#step(4))
  }
  u32le(): number {
    return this.bytes.readUInt32LE(this.#step(4))
  }
  take(length: number): Buffer {
    const from = this.#step(length)
    return this.bytes.subarray(from, from + length)
  }
  skip(length: number): this {
    this.#step(length)
    return this
  }

  #step(length: number): number {
    const from = this.#at
    if (length < 0 || from + length > this.end) throw new Malformed('message too short')
    this.#at = from + length
    return from
  }
}

/** Builds a message field by field, in wire order: reads like the table in the spec. */
export class Writer {
  readonly #parts: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  u8(...values: number[]): this {
    return this.bytes(Buffer.from(values))
  }
  u16be(value: number): this {
    const b = Buffer.allocUnsafe(2)
    b.writeUInt16BE(value)
    return this.bytes(b)
  }
  u16le(value: number): this {
    const b = Buffer.allocUnsafe(2)
    b.writeUInt16LE(value)
    return this.bytes(b)
  }
  u32be(value: number): this {
    const b = Buffer.allocUnsafe(4)
    b.writeUInt32BE(value)
    return this.bytes(b)
  }
  u32le(value: number): this {
    const b = Buffer.allocUnsafe(4)
    b.writeUInt32LE(value)
    return this.bytes(b)
  }
  text(value: string, encoding: BufferEncoding = 'latin1'): this {
    return this.bytes(Buffer.from(value, encoding))
  }
  bytes(value: Uint8Array): this {
    const part = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    this.#parts.push(part)
    this.#length += part.length
    return this
  }
  end(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }
}
