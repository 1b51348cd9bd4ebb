/** Every query is recorded and refused. */
import { answer } from '../answer.ts'
import type { DatagramService } from '../protocol.ts'
import { checkLine, checkRecord } from '../settings.ts'
import { decode, encodeRefusal, encodeText, type Manner, QUERY, type Query } from './codec.ts'

/** RFC 1035 4.1.1. */
const RCODES = { servfail: 2, notimp: 4, refused: 5 } as const
/** The UDP payload size of the DNS flag day 2020. */
const DEFAULT_PAYLOAD = 1232

const MAX_VERSION_CHARACTERS = 255

export type Settings = Manner & {
  readonly rcode: number
  /** To questions of class CH. */
  readonly chaos: number
  /** What version.bind is; undefined: the server does not tell. */
  readonly version: string | undefined
}

/**
 * { rcode?: 'refused' | 'servfail', chaos?: 'refused' | 'servfail' | 'notimp', version?: string,
 * recursion?: boolean, payload?: bytes }. Throws TypeError naming the key.
 */
export function checkSettings(given: unknown): Settings {
  const keys = ['rcode', 'chaos', 'version', 'recursion', 'payload']
  const bag = checkRecord(given, 'dns', keys)
  const { rcode = 'refused', chaos = rcode, recursion = false, payload = DEFAULT_PAYLOAD } = bag
  if (rcode !== 'refused' && rcode !== 'servfail')
    throw new TypeError('dns.rcode: refused or servfail is needed')
  if (chaos !== 'refused' && chaos !== 'servfail' && chaos !== 'notimp')
    throw new TypeError('dns.chaos: refused, servfail or notimp is needed')
  if (typeof recursion !== 'boolean') throw new TypeError('dns.recursion: true or false is needed')
  if (
    typeof payload !== 'number' ||
    !Number.isInteger(payload) ||
    payload < 512 ||
    payload > 65_535
  )
    throw new TypeError('dns.payload: 512 to 65535 bytes')
  const version = checkLine(bag.version, 'dns.version', MAX_VERSION_CHARACTERS)
  return { rcode: RCODES[rcode], chaos: RCODES[chaos], version, recursion, payload }
}

export function server(settings: Settings): DatagramService {
  return (visit) => {
    const query = decode(visit.datagram)
    const { question, opcode } = query
    visit.report({
      kind: 'request',
      verb: question?.type ?? 'STATUS',
      target: question?.name ?? '',
      headers: { class: question?.class ?? '', opcode: String(opcode) },
    })
    answer(visit, ...answers(query, settings))
  }
}

function answers(query: Query, settings: Settings): Buffer[] {
  const { question, opcode } = query
  const { rcode, chaos, version } = settings
  if (opcode !== QUERY) return [encodeRefusal(query, RCODES.notimp, settings)]
  if (question?.class !== 'CH') return [encodeRefusal(query, rcode, settings)]
  const asksVersion = question.type === 'TXT' && question.name.toLowerCase() === 'version.bind'
  return asksVersion && version !== undefined
    ? [encodeText(query, settings, version), encodeRefusal(query, 0, settings, true)]
    : [encodeRefusal(query, chaos, settings)]
}
