import type { DatagramProtocol } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'

/** A directory that finds nothing for strangers. */
export const cldap: DatagramProtocol = {
  id: 'cldap',
  transport: 'udp',
  ports: [389],
  detect: recognise,
  service: (settings) => {
    checkRecord(settings, 'cldap', [])
    return server
  },
}
