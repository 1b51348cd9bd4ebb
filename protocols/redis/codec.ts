/**
 * RESP, the Redis serialization protocol: requests read, replies written.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
import type { Verdict } from '../protocol.ts'
import { MAX_UNREAD_BYTES, Malformed } from '../reader.ts'

/** Words of one request; Redis takes a million, but they would not fit the reader either. */
export const MAX_WORDS = 1024
/** A line that counts something: `*` or `$`, digits and CRLF. */
const MAX_COUNT_BYTES = 32
/** Without AUTH no more is read than this (Redis 6.2.6 and later). */
const UNAUTHENTICATED = { words: 10, bytes: 16384 }
const MAX_DIGITS = 10
const LF = 0x0a
const STAR = 0x2a
const DOLLAR = 0x24

/** What Redis says before it hangs up; `Malformed` carries it as its message. */
const fault = (text: string): Malformed => new Malformed(`Protocol error: ${text}`)

/** The head of an array of bulk strings, or an inline line whose verb is Redis's own. */
export function recognise(head: Uint8Array): Verdict {
  return head[0] === STAR ? recogniseArray(head) : recogniseInline(head)
}

function recogniseArray(head: Uint8Array): Verdict {
  let at = 1
  while (isDigit(head[at])) at++
  if (at > 8) return 'no'
  if (at === head.length) return 'more'
  if (at === 1) return 'no'
  for (const expected of [0x0d, LF, DOLLAR]) {
    if (at === head.length) return 'more'
    if (head[at++] !== expected) return 'no'
  }
  if (at === head.length) return 'more'
  return isDigit(head[at]) ? 'yes' : 'no'
}

const VERBS = 'PING INFO AUTH CONFIG KEYS SLAVEOF REPLICAOF FLUSHALL FLUSHDB COMMAND DBSIZE'
  .split(' ')
  .map((verb) => Buffer.from(verb))
const MAX_INLINE_HEAD_BYTES = 512

function recogniseInline(head: Uint8Array): Verdict {
  const verb = VERBS.find((verb) => startsAlike(verb, head))
  if (verb === undefined) return 'no'
  const end = head.subarray(0, MAX_INLINE_HEAD_BYTES).indexOf(LF)
  if (end < 0) return head.length < MAX_INLINE_HEAD_BYTES ? 'more' : 'no'
  if (end < verb.length) return 'no'
  // `PING :token` is IRC, `INFO sip:x SIP/2.0` is SIP.
  const line = Buffer.from(head.subarray(verb.length, end)).toString('latin1')
  return /^ :|[A-Z]{3,4}\/\d\.\d\r?$/.test(line) ? 'no' : 'yes'
}

/** As far as both go; the verb must end where the word does. */
function startsAlike(verb: Buffer, head: Uint8Array): boolean {
  const length = Math.min(verb.length, head.length)
  for (let i = 0; i < length; i++) if (((head[i] ?? 0) & 0xdf) !== verb[i]) return false
  const next = head[verb.length]
  return next === undefined || next === 0x20 || next === 0x0d || next === LF
}

/** Length of the first request in `head`: an array of bulk strings, or an inline line. */
export const frame = (head: Uint8Array, authenticated = true): number | undefined =>
  head[0] === STAR ? frameArray(head, authenticated) : frameInline(head)

function frameInline(head: Uint8Array): number | undefined {
  const lf = head.indexOf(LF)
  if (lf < 0 && head.length >= MAX_UNREAD_BYTES) throw fault('too big inline request')
  return lf < 0 ? undefined : lf + 1
}

function frameArray(head: Uint8Array, authenticated: boolean): number | undefined {
  let at = lineEnd(head, 0, 'too big mbulk count string')
  if (at === undefined) return undefined
  const count = integer(head, 1, at)
  if (count === undefined || count > MAX_WORDS) throw fault('invalid multibulk length')
  if (!authenticated && count > UNAUTHENTICATED.words)
    throw fault('unauthenticated multibulk length')
  for (let i = 0; i < count; i++) {
    const start: number = at
    const first = head[start]
    if (first === undefined) return undefined
    if (first !== DOLLAR) throw fault(`expected '$', got '${String.fromCharCode(first)}'`)
    const end = lineEnd(head, start, 'too big bulk count string')
    if (end === undefined) return undefined
    const length = integer(head, start + 1, end)
    if (length === undefined || length < 0 || end + length > MAX_UNREAD_BYTES)
      throw fault('invalid bulk length')
    if (!authenticated && length > UNAUTHENTICATED.bytes) throw fault('unauthenticated bulk length')
    at = end + length + 2
  }
  return at
}

/** The words of one whole request, latin1; none for an empty line. */
export function decode(message: Buffer): string[] {
  if (message[0] !== STAR) return inlineWords(message.toString('latin1').replace(/\r?\n$/, ''))
  const words: string[] = []
  const end = lineEnd(message, 0, '') ?? message.length
  const count = integer(message, 1, end) ?? 0
  for (let i = 0, at = end; i < count; i++) {
    // As `frame` went, so that both see the same words: by the CR, whatever follows it.
    const start = lineEnd(message, at, '') ?? message.length
    const length = integer(message, at + 1, start) ?? 0
    words.push(message.toString('latin1', start, start + length))
    at = start + length + 2
  }
  return words
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

/** As sdssplitargs: "…" knows \n \r \t \b \a \xHH, '…' only \'; a closing quote ends the word. */
function inlineWords(line: string): string[] {
  const words: string[] = []
  let at = 0
  for (;;) {
    while (isSpace(line[at])) at++
    if (at >= line.length) return words
    let word = ''
    let quote = ''
    for (; at < line.length && (quote !== '' || !isSpace(line[at])); at++) {
      const letter = line[at] ?? ''
      const next = line[at + 1] ?? ''
      if (quote === '"' && letter === '\\' && /^x[0-9a-f]{2}/i.test(line.slice(at + 1, at + 4))) {
        word += String.fromCharCode(Number.parseInt(line.slice(at + 2, at + 4), 16))
        at += 3
      } else if (quote === '"' && letter === '\\' && next !== '') {
        word += ESCAPES[next] ?? next
        at++
      } else if (quote === "'" && letter === '\\' && next === "'") {
        word += next
        at++
      } else if (letter === quote) {
        if (next !== '' && !isSpace(next)) throw fault('unbalanced quotes in request')
        quote = ''
      } else if (quote === '' && (letter === '"' || letter === "'")) quote = letter
      else word += letter
    }
    if (quote !== '') throw fault('unbalanced quotes in request')
    if (words.push(word) > MAX_WORDS) throw fault('invalid multibulk length')
  }
}

/** The end of the counting line at `from`; Redis looks for the CR alone and skips two bytes. */
function lineEnd(bytes: Uint8Array, from: number, complaint: string): number | undefined {
  const cr = bytes.subarray(from, from + MAX_COUNT_BYTES).indexOf(0x0d)
  if (cr < 0 && bytes.length >= from + MAX_COUNT_BYTES) throw fault(complaint)
  return cr < 0 || from + cr + 2 > bytes.length ? undefined : from + cr + 2
}

/** Digits, perhaps with a minus, between `from` and the CRLF before `to`. Runs once a word and packet: no text is made. */
function integer(bytes: Uint8Array, from: number, to: number): number | undefined {
  const negative = bytes[from] === 0x2d
  const first = negative ? from + 1 : from
  const end = to - 2
  if (first >= end || end - first > MAX_DIGITS) return undefined
  let value = 0
  for (let at = first; at < end; at++) {
    if (!isDigit(bytes[at])) return undefined
    value = value * 10 + (bytes[at] ?? 0) - 48
  }
  return negative ? -value : value
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte < 58
const isSpace = (letter: string | undefined): boolean =>
  letter !== undefined && ' \t\r\n\0'.includes(letter)

/** A reply, before it is known whether the client speaks RESP2 or RESP3. */
export type Reply =
  | { readonly ok: string }
  | { readonly error: string }
  | { readonly text: string }
  | { readonly pairs: readonly Reply[] }
  | readonly Reply[]
  | string
  | number
  | null

/** `text`, words and errors are latin1. Pairs are a map, or an array of keys and values in RESP2. */
export function encode(reply: Reply, resp: 2 | 3 = 2): string {
  if (reply === null) return resp === 3 ? '_\r\n' : '$-1\r\n'
  if (typeof reply === 'number') return `:${reply}\r\n`
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`
  if ('ok' in reply) return `+${reply.ok}\r\n`
  if ('error' in reply) return `-${reply.error.replace(/[\r\n]/g, ' ')}\r\n`
  if ('text' in reply)
    return resp === 3 ? `=${reply.text.length + 4}\r\ntxt:${reply.text}\r\n` : encode(reply.text)
  const items = 'pairs' in reply ? reply.pairs : reply
  const head = 'pairs' in reply && resp === 3 ? `%${items.length / 2}` : `*${items.length}`
  return `${head}\r\n${items.map((item) => encode(item, resp)).join('')}`
}
