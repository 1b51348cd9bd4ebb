/** The time goes to whoever asks; what asks for lists of clients is recorded and gets nothing. */
import { randomBytes } from 'node:crypto'
import { answer } from '../answer.ts'
import type { DatagramService, Identity } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { CLIENT, type Clock, CONTROL, decode, encode, PRIVATE, timestamp } from './codec.ts'

/** How often ntpd sets its clock when all is well: RFC 5905 7.2, MAXPOLL's default 10 in ntpd. */
const UPDATE_MS = 1024 * 1000
/** What an answer takes, in ms: 20 to 80 µs. */
const LEAST_WORK_MS = 0.02
const WORK_SPREAD_MS = 0.06
const UINT32 = 2 ** 32

/** ntp_request.h's names of what amplifiers are asked for. */
const PRIVATE_CODES: Readonly<Record<number, string>> = {
  0: 'peer_list',
  2: 'peer_info',
  20: 'mon_getlist',
  42: 'mon_getlist_1',
}
/** RFC 9327 3. */
const CONTROL_CODES: Readonly<Record<number, string>> = {
  1: 'readstat',
  2: 'readvar',
  3: 'writevar',
  10: 'read_mru',
  12: 'req_nonce',
}

export type Settings = { readonly stratum: number; readonly precision: number }

/** { stratum?: 2 to 15, precision?: exponent of two in seconds, -32 to -1 }. Throws TypeError naming the key. */
export function checkSettings(given: unknown): Settings {
  const bag = checkRecord(given, 'ntp', ['stratum', 'precision'])
  const whole = (key: string, least: number, most: number, usual: number): number => {
    const value = bag[key] ?? usual
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
      return value
    throw new TypeError(`ntp.${key}: ${least} to ${most}`)
  }
  return { stratum: whole('stratum', 2, 15, 3), precision: whole('precision', -32, -1, -23) }
}

export function server(settings: Settings, identity: Identity): DatagramService {
  const clockAt = clock(settings, identity)
  return (visit) => {
    const query = decode(visit.datagram)
    visit.report({
      kind: 'request',
      verb: VERBS[query.mode] ?? '',
      target: named(query.mode, query.code),
      headers: { version: String(query.version) },
    })
    if (query.mode !== CLIENT) return
    const now = identity.now()
    const chance = randomBytes(8)
    const arrived = chance.readUInt32BE(0) / UINT32
    const work = LEAST_WORK_MS + (chance.readUInt32BE(4) / UINT32) * WORK_SPREAD_MS
    const received = timestamp(now, arrived)
    answer(visit, encode(query, clockAt(now), received, timestamp(now, arrived + work)))
  }
}

const VERBS: Readonly<Record<number, string>> = {
  [CLIENT]: 'client',
  [CONTROL]: 'control',
  [PRIVATE]: 'private',
}

function named(mode: number, code: number): string {
  if (mode === PRIVATE) return PRIVATE_CODES[code] ?? String(code)
  return mode === CONTROL ? (CONTROL_CODES[code] ?? String(code)) : ''
}

/** Its server, its distance and when it is set are the identity's own; the dispersion grows in between (15 ppm, RFC 5905 7.2). */
function clock({ stratum, precision }: Settings, identity: Identity): (now: number) => Clock {
  const own = identity.secret('ntp clock', 12)
  const phase = own.readUInt32BE(0) % UPDATE_MS
  const rootDelay = 300 + (own.readUInt16BE(4) % 3000)
  const dispersion = 500 + (own.readUInt16BE(6) % 2500)
  const reference = own.subarray(8, 12)
  // A public unicast address: below 169.254/16 and the private networks.
  reference[0] = 129 + (own.readUInt8(8) % 40)
  return (now) => {
    const set = Math.floor((now - phase) / UPDATE_MS) * UPDATE_MS + phase
    return {
      stratum,
      precision,
      rootDelay,
      rootDispersion: dispersion + Math.floor(((now - set) / 1000) * 15e-6 * 65_536),
      reference,
      // Whatever is finer than a millisecond only has to differ each time.
      set: timestamp(set, (set % 997) / 997),
    }
  }
}
