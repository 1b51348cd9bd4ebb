/** What a script says: constant text and what is fresh, the identity's own, the time, or the visitor's. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Identity } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { fieldOf, isFieldName } from './field.ts'

/** Bytes of one reply. */
export const MAX_REPLY_BYTES = 4096
const MAX_PARTS = 64
const MAX_LABEL_CHARACTERS = 64
/** Of the visitor's message: bytes of one part, and how far into it. */
export const MAX_ECHO_BYTES = 64
const MAX_ECHO_AT = 1024
const NOTHING = Buffer.alloc(0)

/** One reply, made for one visitor and what he said; a greeting answers no message at all. */
export type Render = (message: Uint8Array) => Buffer

/** Throws TypeError naming `key`. */
export function checkText(given: unknown, key: string, identity: Identity): Render {
  const parts: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (parts.length > MAX_PARTS) throw new TypeError(`${key}: at most ${MAX_PARTS} parts`)
  const renders = parts.map((part, i) =>
    checkPart(part, Array.isArray(given) ? `${key}[${i}]` : key, identity),
  )
  const render: Render = (message) => Buffer.concat(renders.map((part) => part(message)))
  // Every use is as long as the first, but for what is the visitor's.
  const fields = parts.filter((part) => kindOf(part) === 'field').length
  if (render(NOTHING).length + fields * MAX_ECHO_BYTES > MAX_REPLY_BYTES)
    throw new TypeError(`${key}: at most ${MAX_REPLY_BYTES} bytes`)
  return render
}

/** Text is latin1. Throws TypeError naming `key`. */
export function checkConstant(given: unknown, key: string): Buffer {
  if (typeof given === 'string') {
    if (/[^\0-\xff]/.test(given)) throw new TypeError(`${key}: text is latin1`)
    return Buffer.from(given, 'latin1')
  }
  const { hex } = checkRecord(given ?? null, key, ['hex'])
  if (typeof hex !== 'string' || !/^([0-9a-f]{2})*$/i.test(hex))
    throw new TypeError(`${key}.hex: pairs of hex digits are needed`)
  return Buffer.from(hex, 'hex')
}

function checkPart(given: unknown, key: string, identity: Identity): Render {
  switch (kindOf(given)) {
    case 'random': {
      const { random } = checkRecord(given, key, ['random'])
      const count = checkCount(random, `${key}.random`)
      return () => nonce(count)
    }
    case 'secret':
    case 'bytes': {
      const { secret, bytes } = checkRecord(given, key, ['secret', 'bytes'])
      if (typeof secret !== 'string' || secret === '' || secret.length > MAX_LABEL_CHARACTERS)
        throw new TypeError(`${key}.secret: 1 to ${MAX_LABEL_CHARACTERS} characters are needed`)
      // Its own name space: a script never shows what a key is made of.
      const own = identity.secret(`dialogue ${secret}`, checkCount(bytes, `${key}.bytes`))
      return () => own
    }
    case 'hostname': {
      const { hostname } = checkRecord(given, key, ['hostname'])
      const name = Buffer.from(cased(identity.hostname, hostname, `${key}.hostname`), 'latin1')
      return () => name
    }
    case 'date': {
      const { date } = checkRecord(given, key, ['date'])
      if (date === 'rfc5322') return () => Buffer.from(rfc5322(identity.now()))
      if (date === 'asctime') return () => Buffer.from(asctime(identity.now()))
      throw new TypeError(`${key}.date: rfc5322 or asctime is needed`)
    }
    case 'echo': {
      const { echo } = checkRecord(given, key, ['echo'])
      const { at, bytes } = checkRecord(echo ?? null, `${key}.echo`, ['at', 'bytes'])
      const from = checkCount(at, `${key}.echo.at`, 0, MAX_ECHO_AT)
      const count = checkCount(bytes, `${key}.echo.bytes`, 1, MAX_ECHO_BYTES)
      return (message) => {
        const out = Buffer.alloc(count)
        out.set(message.subarray(from, from + count))
        return out
      }
    }
    case 'field': {
      const { field } = checkRecord(given, key, ['field'])
      if (!isFieldName(field)) throw new TypeError(`${key}.field: the name of a header is needed`)
      return (message) => Buffer.from(fieldOf(message, field, MAX_ECHO_BYTES), 'latin1')
    }
    default: {
      const constant = checkConstant(given, key)
      return () => constant
    }
  }
}

const kindOf = (part: unknown): string | undefined =>
  typeof part === 'object' && part !== null ? Object.keys(part)[0] : undefined

function checkCount(given: unknown, key: string, least = 1, most = MAX_REPLY_BYTES): number {
  if (typeof given === 'number' && Number.isInteger(given))
    if (given >= least && given <= most) return given
  throw new TypeError(`${key}: ${least} to ${most} bytes`)
}

function cased(name: string, how: unknown, key: string): string {
  if (how === 'as-is') return name
  if (how === 'lower') return name.toLowerCase()
  if (how === 'upper') return name.toUpperCase()
  throw new TypeError(`${key}: as-is, lower or upper is needed`)
}

/** A nonce often stands in text that ends with a zero, as MySQL's scramble does. */
function nonce(count: number): Buffer {
  const bytes = randomBytes(count)
  for (const [i, byte] of bytes.entries()) if (byte === 0) bytes[i] = randomInt(1, 256)
  return bytes
}

/** RFC 5322 3.3, in UTC, from ms since 1970. */
const rfc5322 = (ms: number): string => new Date(ms).toUTCString().replace('GMT', '+0000')

/** As C's asctime, without its line end. */
function asctime(ms: number): string {
  const [day = '', date = '', month, year, time] = new Date(ms).toUTCString().split(' ')
  return `${day.slice(0, 3)} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`
}
