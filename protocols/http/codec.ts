/**
 * The head of an HTTP request: RFC 9112, read as tolerantly as servers in the field do.
 * HTTP/0.9 is a request line without a version.
 */
import type { Verdict } from '../protocol.ts'
import { Malformed } from '../reader.ts'

/** Bounds of nginx and Apache, which differ little: one line, the whole head. */
const MAX_LINE_BYTES = 8190
const MAX_HEAD_BYTES = 32 * 1024
/** Lines of headers; also what one look at a growing head may cost. */
const MAX_HEADERS = 100
const MAX_METHOD_BYTES = 32
const LF = 0x0a

/** Malformed, and how a server says so. */
export class Refusal extends Malformed {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

export type Head = {
  readonly verb: string
  /** As sent: path and query, or an absolute URI, or host:port of CONNECT. */
  readonly target: string
  /** 0.9, 1.0, 1.1 …; empty when it is no version. */
  readonly version: string
  /** Lower-case names; a repeated header's values are joined by a comma and a space. */
  readonly headers: ReadonlyMap<string, string>
}

/** Verbs that no neighbour of HTTP (RTSP, SIP) has: with a path behind, they are proof enough. */
const PROOF = ['GET /', 'POST /', 'HEAD /', 'PUT /', 'GET http://', 'POST http://'].map((text) =>
  Buffer.from(text),
)
const VERSION = Buffer.from(' HTTP/')
const MAX_UNDECIDED_BYTES = 1000

export function recognise(head: Uint8Array): Verdict {
  let end = 0
  while (isMethod(head[end])) end++
  if (end === head.length) return end <= MAX_METHOD_BYTES ? 'more' : 'no'
  if (end === 0 || end > MAX_METHOD_BYTES || head[end] !== 0x20) return 'no'
  for (const proof of PROOF) if (startsWith(head, proof)) return 'yes'
  const first = head.subarray(0, MAX_UNDECIDED_BYTES)
  const lf = first.indexOf(LF)
  const line = lf < 0 ? first : first.subarray(0, lf)
  if (Buffer.from(line.buffer, line.byteOffset, line.length).includes(VERSION)) return 'yes'
  return lf >= 0 || head.length >= MAX_UNDECIDED_BYTES ? 'no' : 'more'
}

/** Length of the first head in `head`: empty lines before it, request line, headers, empty line. */
export function frame(head: Uint8Array): number | undefined {
  let start = 0
  while (head[start] === 0x0d || head[start] === LF) start++
  if (start > MAX_HEADERS) throw new Refusal(400, 'only empty lines')
  for (let at = start; at < head.length && head[at] !== 0x20 && head[at] !== LF; at++) {
    if (!isToken(head[at]) && head[at] !== 0x0d) throw new Refusal(400, 'not a method')
    if (at - start > MAX_METHOD_BYTES) throw new Refusal(400, 'method too long')
  }
  const end = head.indexOf(LF, start)
  if ((end < 0 ? head.length : end) - start > MAX_LINE_BYTES)
    throw new Refusal(414, 'request line too long')
  if (end < 0) return undefined
  if (!hasVersion(head.subarray(start, end))) return end + 1
  for (let at = end + 1, count = 0; ; count++) {
    if (count > MAX_HEADERS) throw new Refusal(400, 'too many headers')
    const next = head.indexOf(LF, at)
    if ((next < 0 ? head.length : next) - at > MAX_LINE_BYTES)
      throw new Refusal(400, 'header too long')
    if (head.length - start > MAX_HEAD_BYTES && (next < 0 || next - start > MAX_HEAD_BYTES))
      throw new Refusal(400, 'head too long')
    if (next < 0) return undefined
    if (next === at || (next === at + 1 && head[at] === 0x0d)) return next + 1
    at = next + 1
  }
}

/** A whole head as `frame` cut it. */
export function decode(message: Buffer): Head {
  const lines = message
    .toString('latin1')
    .replace(/^[\r\n]+/, '')
    .split('\n')
  const line = strip(lines[0] ?? '')
  const space = line.indexOf(' ')
  const verb = space < 0 ? line : line.slice(0, space)
  const last = line.lastIndexOf(' ')
  const version = /^ HTTP\/(\d{1,3}\.\d{1,3})$/.exec(line.slice(last))?.[1]
  if (space < 0) throw new Refusal(400, 'no target')
  const target = (version === undefined ? line.slice(space) : line.slice(space, last)).trim()
  if (target === '') throw new Refusal(400, 'no target')
  const old = verb === 'GET' && !line.includes(' HTTP/') ? '0.9' : ''
  return { verb, target, version: version ?? old, headers: decodeHeaders(lines.slice(1)) }
}

function decodeHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  let name = ''
  for (const raw of lines) {
    const line = strip(raw)
    if (line === '') continue
    // obs-fold (RFC 9112 5.2): more of the value before.
    if (/^[ \t]/.test(line) && name !== '') {
      headers.set(name, `${headers.get(name) ?? ''} ${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    // nginx, too, passes over a line that is no header; the request is worth more than its form.
    if (colon < 1) {
      name = ''
      continue
    }
    name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}

const strip = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** Does the line end with ` HTTP/` and something? */
function hasVersion(line: Uint8Array): boolean {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length)
  const last = text.lastIndexOf(0x20)
  return last > 0 && startsWith(text.subarray(last), VERSION)
}

const startsWith = (bytes: Uint8Array, prefix: Buffer): boolean =>
  bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte)

const isMethod = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 0x2d || byte === 0x5f)

/** RFC 9110 5.6.2. */
const TOKEN = new Set(
  Buffer.from("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
)
const isToken = (byte: number | undefined): boolean => byte !== undefined && TOKEN.has(byte)
