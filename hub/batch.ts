/** A sensor's batch, off the wire: inflated within a bound, every line judged by itself. */
import { isIP } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import {
  ACTIONS,
  type BatchHeader,
  MAX_BATCH_BYTES,
  MAX_BATCH_INFLATED_BYTES,
  SENSOR_NAME,
  type SensorEvent,
} from '../agent/event.ts'

export type Received = { readonly event: SensorEvent; readonly json: string }
export type Batch = {
  readonly sensor: string
  readonly header: BatchHeader
  readonly events: readonly Received[]
  /** Lines that were no valid event of this sensor: passed over. */
  readonly rejected: number
}
/** The batch as a whole says nothing: why. */
export type Refusal = { readonly refused: string }

/** One event's JSON, characters. */
const MAX_LINE = 256 * 1024
const MAX_NAME = 256
const NEWLINE = 0x0a

const port = z.int().min(0).max(65_535)
const address = z
  .string()
  .max(45)
  .refine((text) => isIP(text) !== 0)
const sequence = z.int().min(1)

const Header = z.object({
  v: z.literal(1),
  epoch: z.string().regex(/^[0-9a-f]{32}$/),
  first: sequence,
  last: sequence,
})

/** What the hub reads of an event; all else passes as the sensor wrote it. */
const Event = z.looseObject({
  '@timestamp': z.iso.datetime(),
  event: z.looseObject({
    id: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
    action: z.enum(ACTIONS),
    kind: z.enum(['event', 'alert']),
    sequence,
    severity: z.int().min(1).max(10),
  }),
  observer: z.looseObject({ name: z.string(), type: z.literal('honeypot') }),
  source: z.looseObject({ ip: address, port: port.optional() }).optional(),
  destination: z.looseObject({ ip: address, port: port.optional() }).optional(),
  network: z.looseObject({ protocol: z.string().max(MAX_NAME).optional() }).optional(),
  threat: z
    .looseObject({ software: z.looseObject({ name: z.string().max(MAX_NAME) }).optional() })
    .optional(),
  cuttle: z.looseObject({ verified: z.boolean().optional(), ports: z.string().optional() }),
})

/** `sensor` comes from the topic, which the broker guards. */
export const decodeBatch = (sensor: string, payload: Uint8Array): Batch | Refusal => {
  if (!SENSOR_NAME.test(sensor)) return { refused: 'the topic names no sensor' }
  if (payload.length > MAX_BATCH_BYTES) return { refused: 'larger than a batch may be' }
  let text: Buffer
  try {
    text = gunzipSync(payload, { maxOutputLength: MAX_BATCH_INFLATED_BYTES })
  } catch {
    return { refused: 'no gzip, or larger than a batch may be once inflated' }
  }
  const lines = splitLines(text)
  const header = Header.safeParse(parseJson(lines.next().value ?? ''))
  if (!header.success || header.data.first > header.data.last)
    return { refused: 'no valid header in the first line' }
  const events: Received[] = []
  let rejected = 0
  for (const line of lines) {
    const received = readEvent(line, sensor, header.data)
    if (received === undefined) rejected += 1
    else events.push(received)
  }
  return { sensor, header: header.data, events, rejected }
}

const readEvent = (json: string, sensor: string, header: BatchHeader): Received | undefined => {
  if (json.length > MAX_LINE) return undefined
  const value = parseJson(json)
  if (!Event.safeParse(value).success) return undefined
  const event = value as SensorEvent
  const n = event.event.sequence ?? 0
  if (event.observer.name !== sensor || n < header.first || n > header.last) return undefined
  return { event, json }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Non-empty lines. */
function* splitLines(text: Buffer): Generator<string, undefined> {
  let at = 0
  while (at < text.length) {
    const found = text.indexOf(NEWLINE, at)
    const end = found === -1 ? text.length : found
    if (end > at) yield text.toString('utf8', at, end)
    at = end + 1
  }
  return undefined
}
