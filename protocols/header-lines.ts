/** Messages of header lines in one datagram: SIP (RFC 3261 7), SSDP. */
import { Malformed } from './reader.ts'

const MAX_LINES = 64
const MAX_LINE_CHARACTERS = 1024
const MAX_REPORTED_HEADERS = 24
const MAX_REPORTED_CHARACTERS = 256

export type HeaderLines = {
  readonly first: string
  /** Names in lower case; of a name that comes again the values are joined by commas, in order. */
  readonly headers: ReadonlyMap<string, string>
}

/** `long`: what short names (RFC 3261 7.3.3) stand for. Throws Malformed. */
export function headerLines(
  datagram: Buffer,
  long: Readonly<Record<string, string>> = {},
): HeaderLines {
  const end = datagram.indexOf('\r\n\r\n')
  const lines = datagram.toString('latin1', 0, end < 0 ? datagram.length : end).split('\r\n')
  if (lines.length > MAX_LINES) throw new Malformed('too many lines')
  if (lines.some((line) => line.length > MAX_LINE_CHARACTERS)) throw new Malformed('line too long')
  const [first = '', ...rest] = lines
  const headers = new Map<string, string>()
  for (const line of rest) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    const key = Object.hasOwn(long, name) ? (long[name] ?? name) : name
    const value = line.slice(colon + 1).trim()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  return { first, headers }
}

/** What of them is reported, bounded. */
export function reported(headers: ReadonlyMap<string, string>): Record<string, string> {
  const entries = [...headers].slice(0, MAX_REPORTED_HEADERS)
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.slice(0, MAX_REPORTED_CHARACTERS),
      value.slice(0, MAX_REPORTED_CHARACTERS),
    ]),
  )
}
