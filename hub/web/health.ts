import type { FastifyInstance } from 'fastify'
import type { IngestCounts } from '../ingest.ts'
import type { Stream } from '../store/hub-store.ts'

export type Health = {
  readonly broker: 'connected' | 'disconnected'
  /** Since the hub started. */
  readonly ingest: IngestCounts
  readonly streams: readonly Stream[]
}

/** 503 while the hub hears nothing. */
export const addHealthRoute = (app: FastifyInstance, health: () => Health): void => {
  app.get('/api/health', (_request, reply) => {
    const { broker, ingest, streams } = health()
    const ok = broker === 'connected'
    return reply.code(ok ? 200 : 503).send({
      status: ok ? 'ok' : 'degraded',
      broker,
      ingest,
      sensors: streams.map((stream) => ({
        name: stream.sensor,
        epoch: stream.epoch,
        upto: stream.upto,
        last_batch: new Date(stream.received).toISOString(),
      })),
    })
  })
}
