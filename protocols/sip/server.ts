/** Everyone is asked for a password, none is right; what does not fit into the request's size is left out, or unsaid. */
import { randomBytes } from 'node:crypto'
import { answer } from '../answer.ts'
import { preview } from '../generic/preview.ts'
import { reported } from '../header-lines.ts'
import { offered } from '../http/credentials.ts'
import type { DatagramService } from '../protocol.ts'
import { checkLine, checkRecord } from '../settings.ts'
import { copied, decode, encode } from './codec.ts'

const MAX_SETTING_CHARACTERS = 128
const MAX_REPORTED_CHARACTERS = 512
/** As the commonest exchange, Asterisk, has them. */
const DEFAULT_REALM = 'asterisk'
const TAG_BYTES = 4
const NONCE_BYTES = 4

export type Settings = {
  /** The Server header; undefined: none. */
  readonly server: string | undefined
  readonly realm: string
}

/** { server?: string, realm?: string }. Throws TypeError naming the key. */
export function checkSettings(given: unknown): Settings {
  const bag = checkRecord(given, 'sip', ['server', 'realm'])
  const realm = checkLine(bag.realm, 'sip.realm', MAX_SETTING_CHARACTERS) ?? DEFAULT_REALM
  if (realm.includes('"')) throw new TypeError('sip.realm: no quotes')
  return { server: checkLine(bag.server, 'sip.server', MAX_SETTING_CHARACTERS), realm }
}

export function server({ server, realm }: Settings): DatagramService {
  const product = server === undefined ? [] : [`Server: ${server}`]
  return (visit) => {
    const request = decode(visit.datagram)
    const { method, uri, headers, body } = request
    visit.report({
      kind: 'request',
      verb: method,
      target: uri,
      version: '2.0',
      headers: reported(headers),
      ...(body.length > 0 && { body: preview(body, MAX_REPORTED_CHARACTERS) }),
    })
    const offers = offered({ verb: method, target: uri, version: '2.0', headers }, '')
    for (const offer of offers) visit.report({ kind: 'credential', ...offer, accepted: false })
    const copy = copied(request)
    const status = statusOf(method, offers.length > 0)
    if (copy === undefined || status === undefined) return
    const tag = `as${randomBytes(TAG_BYTES).toString('hex')}`
    const challenge = status.startsWith('401')
      ? [
          `WWW-Authenticate: Digest algorithm=MD5, realm="${realm}", nonce="${randomBytes(NONCE_BYTES).toString('hex')}"`,
        ]
      : []
    answer(
      visit,
      encode(status, copy, visit.remote, tag, [...product, ...challenge]),
      encode(status, copy, visit.remote, tag, challenge),
    )
  }
}

/** RFC 3261 8.2.1, 15, 17.1.1.3, 21.4; undefined: there is no answer. */
function statusOf(method: string, tried: boolean): string | undefined {
  switch (method) {
    case 'ACK':
      return undefined
    case 'OPTIONS':
      return '200 OK'
    case 'BYE':
    case 'CANCEL':
      return '481 Call leg/transaction does not exist'
    case 'REGISTER':
    case 'INVITE':
    case 'SUBSCRIBE':
    case 'MESSAGE':
      return tried ? '403 Forbidden' : '401 Unauthorized'
    default:
      return '501 Method Not Implemented'
  }
}
