/** Whoever knows the community gets the system group, as far as the answer is no longer than the question. */
import { answer } from '../answer.ts'
import { element, encodeOid, OCTETS, SEQUENCE } from '../ber.ts'
import { preview } from '../generic/preview.ts'
import type { DatagramService, Identity } from '../protocol.ts'
import { checkLine, checkRecord } from '../settings.ts'
import {
  decode,
  encode,
  GET,
  GET_BULK,
  GET_NEXT,
  type Message,
  NO_SUCH_NAME,
  NOT_WRITABLE,
  SET,
  TOO_BIG,
  V1,
  type Varbind,
} from './codec.ts'

const MAX_COMMUNITIES = 8
const MAX_REPORTED_BYTES = 128
const MAX_REPORTED_NAMES = 16
const MAX_REPORTED_CHARACTERS = 512
/** RFC 3418 2: sysDescr and sysName are of at most 255 characters. */
const MAX_TEXT_CHARACTERS = 255
const SYS_DESCR = [1, 3, 6, 1, 2, 1, 1, 1, 0]
const SYS_NAME = [1, 3, 6, 1, 2, 1, 1, 5, 0]
/** RFC 3416 3: values that are none. */
const NO_SUCH_OBJECT = element(0x80)
const END_OF_MIB_VIEW = element(0x82)

const VERBS: Readonly<Record<number, string>> = {
  [GET]: 'get',
  [GET_NEXT]: 'getnext',
  [SET]: 'set',
  [GET_BULK]: 'getbulk',
}

export type Settings = {
  readonly communities: readonly string[]
  /** sysDescr; undefined: there is none. */
  readonly description: string | undefined
}
type Entry = { readonly name: readonly number[]; readonly value: Uint8Array }
type Asked = Extract<Message, { readonly community: Buffer }>

/** { communities?: string[], description?: string }. Throws TypeError naming the key. */
export function checkSettings(given: unknown): Settings {
  const bag = checkRecord(given, 'snmp', ['communities', 'description'])
  const { communities = ['public'] } = bag
  if (!Array.isArray(communities) || communities.length > MAX_COMMUNITIES)
    throw new TypeError(`snmp.communities: at most ${MAX_COMMUNITIES} strings are needed`)
  return {
    communities: communities.map((community: unknown, i) => {
      const where = `snmp.communities[${i}]`
      const line = checkLine(community, where, MAX_TEXT_CHARACTERS)
      if (line === undefined) throw new TypeError(`${where}: a string is needed`)
      return line
    }),
    description: checkLine(bag.description, 'snmp.description', MAX_TEXT_CHARACTERS),
  }
}

export function server(
  { communities, description }: Settings,
  identity: Identity,
): DatagramService {
  const text = (value: string): Buffer => element(OCTETS, Buffer.from(value, 'latin1'))
  const mib: Entry[] = [{ name: SYS_NAME, value: text(identity.hostname) }]
  if (description !== undefined) mib.unshift({ name: SYS_DESCR, value: text(description) })
  return (visit) => {
    const message = decode(visit.datagram)
    if (message.version === 3) {
      const user = message.user.slice(0, MAX_REPORTED_BYTES)
      if (user === '') visit.report({ kind: 'request', verb: 'discovery', target: '' })
      else visit.report({ kind: 'credential', method: 'usm', user, secret: '', accepted: false })
      return
    }
    const { community, pdu } = message
    const accepted = communities.includes(community.toString('latin1'))
    const secret = preview(community, MAX_REPORTED_BYTES)
    visit.report({ kind: 'credential', method: 'community', user: '', secret, accepted })
    visit.report({
      kind: 'request',
      verb: VERBS[pdu] ?? `pdu ${pdu & 0x1f}`,
      target: named(message.varbinds),
      headers: { version: message.version === V1 ? '1' : '2c' },
    })
    // RFC 1157 4.1, RFC 3416 4.2: only requests are answered; a wrong community is met with silence.
    if (accepted && VERBS[pdu] !== undefined) answer(visit, ...responses(message, mib))
  }
}

const named = (varbinds: readonly Varbind[]): string =>
  varbinds
    .slice(0, MAX_REPORTED_NAMES)
    .map(({ name }) => name.join('.'))
    .join(' ')
    .slice(0, MAX_REPORTED_CHARACTERS)

/** The answer, and the shorter ones that RFC 1157 4.1.2 and RFC 3416 4.2.1 have for when it does not fit. */
function responses(asked: Asked, mib: readonly Entry[]): Buffer[] {
  const { version, community, requestId, pdu, varbinds } = asked
  if (requestId === undefined) return []
  const same = varbinds.map(({ name, value }) => bind(name, value))
  const respond = (status: number, index: number, list: readonly Buffer[]): Buffer =>
    encode(version, community, requestId, status, index, list)
  const v1 = version === V1
  if (pdu === SET) return [respond(v1 ? NO_SUCH_NAME : NOT_WRITABLE, 1, same)]
  const found = varbinds.map(({ name }) => lookUp(mib, name, pdu !== GET))
  const missing = found.indexOf(undefined)
  if (v1 && missing >= 0) return [respond(NO_SUCH_NAME, missing + 1, same)]
  const none = pdu === GET ? NO_SUCH_OBJECT : END_OF_MIB_VIEW
  const full = varbinds.map(({ name }, i) => {
    const entry = found[i]
    return entry === undefined ? bind(name, none) : bind(entry.name, entry.value)
  })
  return [respond(0, 0, full), respond(TOO_BIG, 0, v1 ? same : [])]
}

const bind = (name: readonly number[], value: Uint8Array): Buffer =>
  element(SEQUENCE, encodeOid(name), value)

/** `mib` is in order. */
function lookUp(mib: readonly Entry[], name: readonly number[], next: boolean): Entry | undefined {
  return mib.find((entry) => {
    const order = compare(entry.name, name)
    return next ? order > 0 : order === 0
  })
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((arc, i) => arc !== b[i])
  if (at < 0) return a.length - b.length
  return (a[at] ?? 0) - (b[at] ?? -1)
}
