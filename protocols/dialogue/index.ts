import type { Protocol } from '../protocol.ts'
import { server } from './server.ts'
import { checkSettings } from './settings.ts'

/**
 * What a port's resident says by a script, until its protocol has a folder of its own. Nobody is
 * recognised as its visitor; messages are lines or arrivals, so there is no codec.
 */
export const dialogue: Protocol = {
  id: 'dialogue',
  transport: 'tcp',
  ports: [],
  greets: true,
  detect: () => 'no',
  service: (settings, identity) => server(checkSettings(settings, identity)),
}
