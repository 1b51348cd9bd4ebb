/** Events as the agent writes them, for tests of what keeps and carries them. */
import type { Encoded, Value } from '../../../agent/store/store.ts'

export const SENSOR = 'sensor-001'
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A ULID whose time and randomness both come from `n`. */
export const idOf = (n: number): string => {
  let text = ''
  for (let rest = n, i = 0; i < 24; i++, rest = Math.floor(rest / 32))
    text = LETTERS[rest % 32] + text
  return `01${text}`
}

export type Fields = {
  readonly sensor?: string
  readonly ip?: string
  readonly port?: number
  readonly action?: string
  readonly protocol?: string
  readonly at?: string
  readonly severity?: number
  readonly cuttle?: object
  readonly family?: string
  readonly padding?: number
}

export const eventText = (n: number, fields: Fields = {}): string =>
  JSON.stringify({
    '@timestamp': fields.at ?? '2026-11-24T15:00:00.123Z',
    event: {
      id: idOf(n),
      action: fields.action ?? 'connection',
      kind: 'event',
      category: ['network'],
      severity: fields.severity ?? 3,
    },
    observer: { name: fields.sensor ?? SENSOR, type: 'honeypot' },
    source: { ip: fields.ip ?? `192.0.2.${n % 250}`, port: 40_000 + (n % 1000) },
    destination: { ip: '198.51.100.3', port: fields.port ?? 22 },
    network: { transport: 'tcp', protocol: fields.protocol ?? 'ssh' },
    ...(fields.family && { threat: { software: { name: fields.family } } }),
    cuttle: {
      identity: 'x',
      persona: 'camera',
      verified: true,
      payload: { sha256: 'ab', preview: 'x'.repeat(fields.padding ?? 0), bytes: 1 },
      ...fields.cuttle,
    },
  })

export const encoded = (n: number, value: Value = 1, fields: Fields = {}): Encoded => ({
  value,
  json: eventText(n, fields),
})

/** Bytes that are random enough for a test, the same every time. */
export const countingRandom = () => {
  let next = 1
  return (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => next++ & 0xff)
}
