/** Secrets that a request carries: RFC 7617 (Basic), RFC 7616 (Digest), login forms, JSON logins. */
import type { ObservationOf } from '../observation.ts'
import type { Head } from './codec.ts'

type Offer = Omit<ObservationOf<'credential'>, 'kind' | 'accepted'>

/** What is kept of a name or a secret, characters. */
const MAX_CHARS = 512
const MAX_FORM_FIELDS = 64
const MAX_DIGEST_PARTS = 16

export function offered(head: Head, body: string): Offer[] {
  const offers: Offer[] = []
  for (const name of ['authorization', 'proxy-authorization']) {
    const value = head.headers.get(name)
    if (value === undefined) continue
    const offer = authorization(value)
    if (offer !== undefined)
      offers.push(
        name === 'authorization' ? offer : { ...offer, fields: { ...offer.fields, proxy: 'yes' } },
      )
  }
  const login = formLogin(head, body)
  if (login !== undefined) offers.push(login)
  return offers.map((offer) => ({
    ...offer,
    user: offer.user.slice(0, MAX_CHARS),
    secret: offer.secret.slice(0, MAX_CHARS),
  }))
}

function authorization(value: string): Offer | undefined {
  const space = value.indexOf(' ')
  if (space < 1) return undefined
  const scheme = value.slice(0, space).toLowerCase()
  const rest = value.slice(space + 1).trim()
  if (scheme === 'basic') {
    const text = Buffer.from(rest, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    return colon < 0
      ? { method: 'basic', user: text, secret: '' }
      : { method: 'basic', user: text.slice(0, colon), secret: text.slice(colon + 1) }
  }
  if (scheme !== 'digest') return { method: scheme, user: '', secret: rest }
  const { username = '', response = '', ...fields } = digestParts(rest)
  return { method: 'digest', user: username, secret: response, fields }
}

/** name=value or name="value", by commas. */
function digestParts(text: string): Record<string, string> {
  const parts = new Map<string, string>()
  for (let at = 0; at < text.length && parts.size < MAX_DIGEST_PARTS; ) {
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const name = text.slice(at, equals).replace(/[\s,]/g, '').toLowerCase()
    const quoted = text[equals + 1] === '"'
    const from = quoted ? equals + 2 : equals + 1
    const end = text.indexOf(quoted ? '"' : ',', from)
    const to = end < 0 ? text.length : end
    parts.set(name, text.slice(from, to).trim().slice(0, MAX_CHARS))
    at = to + 1
  }
  return Object.fromEntries(parts)
}

const SECRET_NAME = /pass|pwd|psw|psd/i
const USER_NAME =
  /^(j_|log|login_?|frm_?|txt|in_?|f_|auth_?)?(user_?(name|id)?|usr|uname|uid|login|log|name|email|mail|account|admin(name)?)$/i

function formLogin({ verb, headers }: Head, body: string): Offer | undefined {
  if (body === '' || verb === 'GET') return undefined
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  const fields = type.includes('json')
    ? jsonFields(body)
    : type === '' || type.includes('urlencoded')
      ? formFields(body)
      : []
  const secret = fields.find(([name]) => SECRET_NAME.test(name))
  if (secret === undefined) return undefined
  const user = fields.find(([name]) => USER_NAME.test(name))
  return { method: 'form', user: user?.[1] ?? '', secret: secret[1] }
}

function formFields(body: string): [string, string][] {
  return body
    .split('&', MAX_FORM_FIELDS)
    .filter((part) => part.includes('='))
    .map((part) => {
      const equals = part.indexOf('=')
      return [unescaped(part.slice(0, equals)), unescaped(part.slice(equals + 1))]
    })
}

function jsonFields(body: string): [string, string][] {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'))
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value)
      .slice(0, MAX_FORM_FIELDS)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  } catch {
    return []
  }
}

/** `+` and %HH, as far as they are right; what is not UTF-8 stays as it came. */
function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
