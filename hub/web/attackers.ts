import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Attacker } from '../store/attacker.ts'
import type { HubStore } from '../store/hub-store.ts'
import { number, parseQuery } from './query.ts'

const MAX_ATTACKERS = 1000
const DEFAULT_ATTACKERS = 100

const AttackersQuery = z.strictObject({ limit: number(1, MAX_ATTACKERS).optional() })

/** Last seen first. */
export const addAttackersRoute = (app: FastifyInstance, store: HubStore): void => {
  app.get('/api/attackers', (request, reply) => {
    const query = parseQuery(AttackersQuery, request.query)
    if (!query.ok) return reply.code(400).send({ error: 'wrong query', faults: query.faults })
    const attackers = store.attackers(query.value.limit ?? DEFAULT_ATTACKERS)
    return reply.send({ attackers: attackers.map(view) })
  })
}

const view = (attacker: Attacker) => ({
  ip: attacker.ip,
  first_seen: new Date(attacker.firstSeen).toISOString(),
  last_seen: new Date(attacker.lastSeen).toISOString(),
  events: attacker.events,
  ports_count: attacker.ports.size,
  severity: attacker.severity,
  verified: attacker.verified,
  sensors: [...attacker.sensors],
  actions: [...attacker.actions],
  families: [...attacker.families],
})
