/** LDAP searches in one datagram: RFC 4511 4.5, [MS-ADTS] 3.1.1.3. */
import {
  BerReader,
  BOOLEAN,
  behindInteger,
  ENUMERATED,
  element,
  INTEGER,
  OCTETS,
  SEQUENCE,
} from '../ber.ts'
import { preview } from '../generic/preview.ts'
import { Malformed } from '../reader.ts'

const SEARCH = 0x63
const SEARCH_DONE = 0x65
const MAX_ATTRIBUTES = 64
const MAX_FILTER_DEPTH = 8
const MAX_FILTER_ITEMS = 64
const MAX_VALUE_BYTES = 64

export type Search = {
  /** Contents of the INTEGER, as they came. */
  readonly id: Buffer
  readonly base: string
  readonly scope: number
  /** RFC 4515, values as previews. */
  readonly filter: string
  readonly attributes: readonly string[]
}

/** A message that is a search request; never a result. */
export function recognise(datagram: Uint8Array): boolean {
  const at = behindInteger(datagram)
  return at !== 0 && datagram[at] === SEARCH
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Search {
  const message = new BerReader(datagram).inside(SEQUENCE)
  const id = message.contents(INTEGER)
  if (id.length === 0 || id.length > 4) throw new Malformed('bad message number')
  const search = message.inside(SEARCH)
  const base = search.text()
  const scope = search.integer(ENUMERATED)
  search.contents(ENUMERATED)
  search.contents(INTEGER)
  search.contents(INTEGER)
  search.contents(BOOLEAN)
  const filter = filterText(search, MAX_FILTER_DEPTH, { left: MAX_FILTER_ITEMS })
  const list = search.inside(SEQUENCE)
  const attributes: string[] = []
  while (list.left > 0 && attributes.length < MAX_ATTRIBUTES) attributes.push(list.text())
  return { id, base, scope, filter, attributes }
}

const JOINED: Readonly<Record<number, string>> = { 160: '&', 161: '|', 162: '!' }
const COMPARED: Readonly<Record<number, string>> = { 163: '=', 165: '>=', 166: '<=', 168: '~=' }
const PRESENT = 0x87

/** The next filter as RFC 4515 writes it; one of another kind as (?). */
function filterText(reader: BerReader, depth: number, items: { left: number }): string {
  const tag = reader.tag ?? 0
  if (depth === 0 || items.left-- === 0) throw new Malformed('filter too deep')
  const join = JOINED[tag]
  if (join !== undefined) {
    const parts = reader.inside(tag)
    let text = ''
    while (parts.left > 0) text += filterText(parts, depth - 1, items)
    return `(${join}${text})`
  }
  const compare = COMPARED[tag]
  if (compare !== undefined) {
    const pair = reader.inside(tag)
    const name = preview(pair.contents(OCTETS), MAX_VALUE_BYTES)
    return `(${name}${compare}${preview(pair.contents(OCTETS), MAX_VALUE_BYTES)})`
  }
  const contents = reader.contents(tag)
  return tag === PRESENT ? `(${preview(contents, MAX_VALUE_BYTES)}=*)` : '(?)'
}

/** Success, and nothing found. */
export const encodeDone = (id: Uint8Array): Buffer =>
  element(
    SEQUENCE,
    element(INTEGER, id),
    element(SEARCH_DONE, element(ENUMERATED, Buffer.from([0])), element(OCTETS), element(OCTETS)),
  )
