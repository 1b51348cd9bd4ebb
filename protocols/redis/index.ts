import type { Protocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'
import { checkSettings } from './settings.ts'

/** Redis 4 to 7 as its clients know it: RESP2, RESP3 replies after HELLO 3, inline commands. */
export const redis: Protocol = {
  id: 'redis',
  transport: 'tcp',
  ports: [6379],
  greets: false,
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
