/** The body of a request: RFC 9112 6 and 7, the beginning kept, the rest drained. */
import type { Reader } from '../reader.ts'
import { type Head, Refusal } from './codec.ts'

/** What is kept for the observation, bytes. */
const MAX_KEPT_BYTES = 4096
/** What is taken at all; nginx's client_max_body_size, which it answers with 413. */
const MAX_BODY_BYTES = 1024 * 1024
const MAX_CHUNK_LINE_BYTES = 256
const MAX_TRAILER_LINES = 32
const LF = 0x0a

/** How long is the body: 'chunked', or so many bytes. Refuses what cannot be told. */
export function lengthOf({ headers }: Head): number | 'chunked' {
  const encoding = headers.get('transfer-encoding')?.toLowerCase()
  if (encoding !== undefined) {
    if (encoding === 'chunked' || encoding.endsWith(', chunked')) return 'chunked'
    throw new Refusal(encoding === 'identity' ? 400 : 501, 'unknown transfer-encoding')
  }
  const length = headers.get('content-length')
  if (length === undefined) return 0
  if (!/^\d{1,15}$/.test(length)) throw new Refusal(400, 'bad content-length')
  if (Number(length) > MAX_BODY_BYTES) throw new Refusal(413, 'body too long')
  return Number(length)
}

/** Collects the first bytes, latin1; says whether more may come. */
export class Body {
  readonly #parts: Buffer[] = []
  #kept = 0
  /** Bytes seen, kept or not. */
  length = 0

  add(bytes: Buffer): void {
    this.length += bytes.length
    const part = bytes.subarray(0, MAX_KEPT_BYTES - this.#kept)
    if (part.length === 0) return
    this.#kept += part.length
    this.#parts.push(Buffer.from(part))
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('latin1')
  }
}

/** Reads it all; false when the visitor left before its end. What came is in `body` also after a refusal. */
export function readBody(reader: Reader, length: number | 'chunked', body: Body): Promise<boolean> {
  return length === 'chunked' ? readChunks(reader, body) : readBytes(reader, length, body)
}

async function readBytes(reader: Reader, length: number, body: Body): Promise<boolean> {
  for (let left = length; left > 0; ) {
    const bytes = await reader.message((head) => Math.min(head.length, left))
    if (bytes === undefined) return false
    body.add(bytes)
    left -= bytes.length
  }
  return true
}

async function readChunks(reader: Reader, body: Body): Promise<boolean> {
  for (;;) {
    const line = await reader.message(frameLine)
    if (line === undefined) return false
    const size = /^([0-9a-f]{1,8})[ \t]*(;|\r?\n$)/i.exec(line.toString('latin1'))?.[1]
    if (size === undefined) throw new Refusal(400, 'bad chunk size')
    const length = Number.parseInt(size, 16)
    if (body.length + length > MAX_BODY_BYTES) throw new Refusal(413, 'body too long')
    if (length === 0) return readTrailer(reader)
    if (!(await readBytes(reader, length, body))) return false
    const end = await reader.message(frameLine)
    if (end === undefined) return false
    if (!/^\r?\n$/.test(end.toString('latin1'))) throw new Refusal(400, 'chunk without an end')
  }
}

async function readTrailer(reader: Reader): Promise<boolean> {
  for (let i = 0; i < MAX_TRAILER_LINES; i++) {
    const line = await reader.message(frameLine)
    if (line === undefined) return false
    if (line.length <= 2 && /^\r?\n$/.test(line.toString('latin1'))) return true
  }
  throw new Refusal(400, 'trailer too long')
}

function frameLine(head: Uint8Array): number | undefined {
  const lf = head.subarray(0, MAX_CHUNK_LINE_BYTES).indexOf(LF)
  if (lf < 0 && head.length >= MAX_CHUNK_LINE_BYTES) throw new Refusal(400, 'chunk line too long')
  return lf < 0 ? undefined : lf + 1
}
