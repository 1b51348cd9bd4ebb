/** SIP requests and the responses to them (RFC 3261 7, 8.2.6). */
import { type HeaderLines, headerLines } from '../header-lines.ts'
import { Malformed } from '../reader.ts'

const VERSION = Buffer.from(' SIP/2.0')
const MAX_METHOD_BYTES = 16
const MAX_FIRST_LINE_BYTES = 512
const CR = 0x0d
const LF = 0x0a

/** RFC 3261 7.3.3. */
const LONG = { v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', l: 'content-length' }

export type Request = {
  readonly method: string
  readonly uri: string
  readonly headers: HeaderLines['headers']
  readonly body: Buffer
}

/** METHOD uri SIP/2.0; never a response. */
export function recognise(datagram: Uint8Array): boolean {
  let at = 0
  while (isCapital(datagram[at])) at++
  if (at < 2 || at > MAX_METHOD_BYTES || datagram[at] !== 0x20) return false
  const most = Math.min(datagram.length, MAX_FIRST_LINE_BYTES)
  let end = at
  while (end < most && datagram[end] !== CR && datagram[end] !== LF) end++
  const from = end - VERSION.length
  if (end === most || from <= at + 1) return false
  for (let i = 0; i < VERSION.length; i++) if (datagram[from + i] !== VERSION[i]) return false
  return true
}

const isCapital = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x41 && byte <= 0x5a

/** Throws Malformed. */
export function decode(datagram: Buffer): Request {
  if (!recognise(datagram)) throw new Malformed('no request')
  const { first, headers } = headerLines(datagram, LONG)
  const end = datagram.indexOf('\r\n\r\n')
  return {
    method: first.slice(0, first.indexOf(' ')),
    uri: first.slice(first.indexOf(' ') + 1, first.lastIndexOf(' ')),
    headers,
    body: end < 0 ? datagram.subarray(datagram.length) : datagram.subarray(end + 4),
  }
}

/** What a response copies; without it there is none (8.2.6.2). */
const COPIED = ['via', 'from', 'to', 'call-id', 'cseq'] as const
type Copied = Readonly<Record<(typeof COPIED)[number], string>>

export function copied({ headers }: Request): Copied | undefined {
  const [via, from, to, callId, cseq] = COPIED.map((name) => headers.get(name))
  if (via === undefined || from === undefined || to === undefined) return undefined
  if (callId === undefined || cseq === undefined) return undefined
  return { via, from, to, 'call-id': callId, cseq }
}

/** `tag`: of To, when the request has none. `extra`: header lines of its own. */
export function encode(
  status: string,
  copy: Copied,
  remote: { readonly address: string; readonly port: number },
  tag: string,
  extra: readonly string[],
): Buffer {
  const lines = [
    `SIP/2.0 ${status}`,
    `Via: ${received(copy.via, remote.address, remote.port)}`,
    `From: ${copy.from}`,
    `To: ${/;\s*tag=/i.test(copy.to) ? copy.to : `${copy.to};tag=${tag}`}`,
    `Call-ID: ${copy['call-id']}`,
    `CSeq: ${copy.cseq}`,
    ...extra,
    'Content-Length: 0',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** RFC 3581 4: where the request came from, in the topmost Via, when it asks with `rport`. */
function received(via: string, address: string, port: number): string {
  const end = via.indexOf(',')
  const top = end < 0 ? via : via.slice(0, end)
  const at = top.search(/;rport(?=;|$)/i)
  if (at < 0) return via
  const cut = at + ';rport'.length
  return `${via.slice(0, cut)}=${port};received=${address}${via.slice(cut)}`
}
