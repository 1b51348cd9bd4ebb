/**
 * Names are answered for when the visitor has said enough. The table of names (NBSTAT), which
 * scanners ask for, is three times the question: it is recorded and not answered.
 */
import { isIPv4 } from 'node:net'
import { answer } from '../answer.ts'
import { preview } from '../generic/preview.ts'
import type { DatagramService, Identity } from '../protocol.ts'
import { decode, encodeFound, encodeMissing, NAME_QUERY, NB, NBSTAT } from './codec.ts'

const MAX_NAME_CHARACTERS = 15
/** Workstation and file server. */
const OWN_SUFFIXES = [0x00, 0x20]
/** What Windows says of its own name: 300,000 s. */
const TTL_SECONDS = 300_000

export function server(identity: Identity): DatagramService {
  const own = identity.hostname.toUpperCase().slice(0, MAX_NAME_CHARACTERS)
  return (visit) => {
    const question = decode(visit.datagram)
    const { name, suffix, type, opcode } = question
    visit.report({
      kind: 'request',
      verb: type === NBSTAT ? 'NBSTAT' : 'NB',
      target: preview(Buffer.from(name, 'latin1'), MAX_NAME_CHARACTERS),
      headers: { suffix: suffix.toString(16).padStart(2, '0'), opcode: String(opcode) },
    })
    if (type !== NB || opcode !== NAME_QUERY) return
    const { address } = visit.local
    if (name !== own || !OWN_SUFFIXES.includes(suffix)) answer(visit, encodeMissing(question))
    else if (isIPv4(address))
      answer(visit, encodeFound(question, Buffer.from(address.split('.').map(Number)), TTL_SECONDS))
  }
}
