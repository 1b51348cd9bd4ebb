import type { DatagramProtocol } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'

/** A server that has no file and takes none. */
export const tftp: DatagramProtocol = {
  id: 'tftp',
  transport: 'udp',
  ports: [69],
  detect: recognise,
  service: (settings) => {
    checkRecord(settings, 'tftp', [])
    return server
  },
}
