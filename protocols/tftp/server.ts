import { answer } from '../answer.ts'
import type { DatagramVisit } from '../protocol.ts'
import { decode, encodeError, READ } from './codec.ts'

/** RFC 1350, appendix: codes and their texts. To a short name, the code alone. */
const NOT_FOUND = [encodeError(1, 'File not found'), encodeError(1, '')]
const VIOLATION = [encodeError(2, 'Access violation'), encodeError(2, '')]

export function server(visit: DatagramVisit): void {
  const { opcode, file, mode } = decode(visit.datagram)
  const verb = opcode === READ ? 'RRQ' : 'WRQ'
  visit.report({ kind: 'request', verb, target: file, headers: { mode } })
  answer(visit, ...(opcode === READ ? NOT_FOUND : VIOLATION))
}
