import type { DatagramProtocol } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'

/** memcached's text protocol over UDP: a cache that is empty. */
export const memcached: DatagramProtocol = {
  id: 'memcached',
  transport: 'udp',
  ports: [11211],
  detect: recognise,
  service: (settings) => {
    checkRecord(settings, 'memcached', [])
    return server
  },
}
