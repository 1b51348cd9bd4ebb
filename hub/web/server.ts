/** The hub over HTTP: JSON only. Nothing that came from an attacker is ever put into HTML. */
import fastify, { type FastifyInstance } from 'fastify'
import type { HubStore } from '../store/hub-store.ts'
import { addAttackersRoute } from './attackers.ts'
import { addEventsRoute } from './events.ts'
import { addHealthRoute, type Health } from './health.ts'

export type WebOptions = { readonly store: HubStore; readonly health: () => Health }

/** Milliseconds for a request to arrive in full. */
const REQUEST_MS = 10_000
const MAX_BODY_BYTES = 1024
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** Not listening yet; `inject` works. */
export const createWeb = (options: WebOptions): FastifyInstance => {
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, requestTimeout: REQUEST_MS })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS)
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'no such page' }))
  addEventsRoute(app, options.store)
  addAttackersRoute(app, options.store)
  addHealthRoute(app, options.health)
  return app
}
