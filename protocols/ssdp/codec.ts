/** SSDP (UPnP Device Architecture 2.0, 1.2 and 1.3): HTTP's form in one datagram. */
import { type HeaderLines, headerLines } from '../header-lines.ts'
import { Malformed } from '../reader.ts'

const STARTS = ['M-SEARCH * HTTP/1.', 'NOTIFY * HTTP/1.'].map((start) => Buffer.from(start))

export type Request = { readonly verb: string; readonly headers: HeaderLines['headers'] }

/** A search or an announcement; never an answer. */
export function recognise(datagram: Uint8Array): boolean {
  for (const start of STARTS) if (begins(datagram, start)) return true
  return false
}

function begins(datagram: Uint8Array, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (datagram[i] !== start[i]) return false
  return true
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Request {
  if (!recognise(datagram)) throw new Malformed('no request')
  const { first, headers } = headerLines(datagram)
  return { verb: first.slice(0, first.indexOf(' ')), headers }
}
