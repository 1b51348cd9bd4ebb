import { answer } from '../answer.ts'
import type { DatagramVisit } from '../protocol.ts'
import { decode, encodeDone } from './codec.ts'

const MAX_REPORTED_CHARACTERS = 512
/** RFC 4511 4.5.1.2. */
const SCOPES = ['base', 'one', 'sub']

export function server(visit: DatagramVisit): void {
  const { id, base, scope, filter, attributes } = decode(visit.datagram)
  visit.report({
    kind: 'request',
    verb: 'search',
    target: base.slice(0, MAX_REPORTED_CHARACTERS),
    headers: {
      scope: SCOPES[scope] ?? String(scope),
      filter: filter.slice(0, MAX_REPORTED_CHARACTERS),
      attributes: attributes.join(' ').slice(0, MAX_REPORTED_CHARACTERS),
    },
  })
  answer(visit, encodeDone(id))
}
