import type { DatagramProtocol } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'

/** The NetBIOS name service of one machine. */
export const netbios: DatagramProtocol = {
  id: 'netbios',
  transport: 'udp',
  ports: [137],
  detect: recognise,
  service: (settings, identity) => {
    checkRecord(settings, 'netbios', [])
    return server(identity)
  },
}
