import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ACTIONS, SENSOR_NAME } from '../../agent/event.ts'
import type { HubStore } from '../store/hub-store.ts'
import { number, parseQuery } from './query.ts'

const MAX_EVENTS = 1000
const DEFAULT_EVENTS = 100

const EventsQuery = z.strictObject({
  source: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address')
    .optional(),
  port: number(0, 65_535).optional(),
  protocol: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be a protocol, as in ssh')
    .optional(),
  action: z.enum(ACTIONS, `must be one of ${ACTIONS.join(', ')}`).optional(),
  sensor: z.string().regex(SENSOR_NAME, "must be a sensor's name").optional(),
  before: z
    .string()
    .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be an event.id')
    .optional(),
  limit: number(1, MAX_EVENTS).optional(),
})

/** NDJSON, newest first; `before` takes the event.id of the last line for the next page. */
export const addEventsRoute = (app: FastifyInstance, store: HubStore): void => {
  app.get('/api/events', (request, reply) => {
    const query = parseQuery(EventsQuery, request.query)
    if (!query.ok) return reply.code(400).send({ error: 'wrong query', faults: query.faults })
    const { limit = DEFAULT_EVENTS, ...filter } = query.value
    const lines = store.events(filter, limit).map((json) => `${json}\n`)
    return reply.type('application/x-ndjson').send(lines.join(''))
  })
}
