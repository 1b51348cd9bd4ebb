/** memcached's doc/protocol.txt, "UDP protocol": eight bytes, then the text protocol. */
import { Cursor, Writer } from '../bytes.ts'
import { Malformed } from '../reader.ts'

const FRAME_BYTES = 8
const SPACE = 0x20
/** doc/protocol.txt: a key is at most 250 bytes; a line of several is cut. */
const MAX_LINE_BYTES = 2048
/** What clients send; of an answer's words there is none among them. */
const WORDS = [
  'get',
  'gets',
  'gat',
  'gats',
  'set',
  'add',
  'replace',
  'append',
  'prepend',
  'cas',
  'delete',
  'incr',
  'decr',
  'touch',
  'stats',
  'flush_all',
  'version',
  'verbosity',
  'quit',
].map((word) => Buffer.from(word))

export type Request = { readonly id: number; readonly line: Buffer }

/** A request in one datagram that begins with a command. */
export function recognise(datagram: Uint8Array): boolean {
  for (let i = 2; i < FRAME_BYTES; i++) if (datagram[i] !== (i === 5 ? 1 : 0)) return false
  return WORDS.some((word) => begins(datagram, word))
}

function begins(datagram: Uint8Array, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (datagram[FRAME_BYTES + i] !== word[i]) return false
  const next = datagram[FRAME_BYTES + word.length]
  return next === SPACE || next === 0x0d || next === 0x0a
}

/** Throws Malformed: what is no request gets no answer, so that no two servers talk for ever. */
export function decode(datagram: Buffer): Request {
  if (!recognise(datagram)) throw new Malformed('no request')
  const end = datagram.indexOf(0x0a, FRAME_BYTES)
  const line = datagram.subarray(FRAME_BYTES, end < 0 ? datagram.length : end)
  const text = line.at(-1) === 0x0d ? line.subarray(0, -1) : line
  return { id: new Cursor(datagram).u16be(), line: text.subarray(0, MAX_LINE_BYTES) }
}

export const encode = (id: number, text: string): Buffer =>
  new Writer().u16be(id).u16be(0).u16be(1).u16be(0).text(text).end()
