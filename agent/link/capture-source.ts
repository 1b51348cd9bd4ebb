/** Reading a capture file front to back: bytes asked for by name, so that a cut file can say what it lacks. */

/** The next `length` bytes, fewer at the end of the file. The caller may keep what it gets. */
export type ReadBytes = (length: number) => Uint8Array

export type CaptureFault = 'ERR_CAPTURE_FORMAT' | 'ERR_CAPTURE_CUT'

/** Why a capture file cannot be read (on): where, in bytes from its start, and what is wrong there. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError'
  readonly code: CaptureFault
  readonly offset: number

  constructor(code: CaptureFault, offset: number, message: string) {
    super(message)
    this.code = code
    this.offset = offset
  }
}

const SKIP_BYTES = 65_536

export class CaptureSource {
  readonly #name: string
  readonly #read: ReadBytes
  /** Bytes taken so far. */
  offset = 0

  /** @param name what errors call the file */
  constructor(name: string, read: ReadBytes) {
    this.#name = name
    this.#read = read
  }

  /** Exactly `length` bytes of `what`; undefined where the file ends before the first of them. */
  maybe(length: number, what: string): DataView | undefined {
    const bytes = this.#read(length)
    if (bytes.length === 0 && length > 0) return undefined
    if (bytes.length < length) throw this.#cut(bytes.length, length - bytes.length, what)
    this.offset += length
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }

  /** Exactly `length` bytes of `what`. */
  take(length: number, what: string): DataView {
    const view = this.maybe(length, what)
    if (view === undefined) throw this.#cut(0, length, what)
    return view
  }

  skip(length: number, what: string): void {
    for (let left = length; left > 0; left -= SKIP_BYTES) {
      const step = Math.min(left, SKIP_BYTES)
      const got = this.#read(step).length
      if (got < step) throw this.#cut(got, left - got, what)
      this.offset += step
    }
  }

  /** The error for something impossible at `offset`. */
  fault(offset: number, message: string): CaptureError {
    return new CaptureError('ERR_CAPTURE_FORMAT', offset, `${this.#name}: ${message}`)
  }

  #cut(got: number, missing: number, what: string): CaptureError {
    const at = this.offset + got
    const message = `${this.#name}: cut off at byte ${at}: ${missing} bytes of ${what} are missing`
    return new CaptureError('ERR_CAPTURE_CUT', at, message)
  }
}

export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
