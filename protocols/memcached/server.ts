import { answer } from '../answer.ts'
import { preview } from '../generic/preview.ts'
import type { DatagramVisit } from '../protocol.ts'
import { decode, encode } from './codec.ts'

const MAX_REPORTED_BYTES = 512

/** doc/protocol.txt, for a cache in which nothing is; `stats` would not fit, so it is refused. */
const ANSWERS: Readonly<Record<string, string>> = {
  get: 'END\r\n',
  gets: 'END\r\n',
  delete: 'NOT_FOUND\r\n',
  touch: 'NOT_FOUND\r\n',
  incr: 'NOT_FOUND\r\n',
  decr: 'NOT_FOUND\r\n',
  flush_all: 'OK\r\n',
  verbosity: 'OK\r\n',
}

export function server(visit: DatagramVisit): void {
  const { id, line } = decode(visit.datagram)
  const text = preview(line, MAX_REPORTED_BYTES)
  visit.report({ kind: 'command', text })
  answer(visit, encode(id, ANSWERS[text.split(' ', 1)[0] ?? ''] ?? 'ERROR\r\n'))
}
