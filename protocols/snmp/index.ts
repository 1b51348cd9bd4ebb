import type { DatagramProtocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { checkSettings, server } from './server.ts'

/** An agent of SNMPv1 and v2c that has little to say. */
export const snmp: DatagramProtocol = {
  id: 'snmp',
  transport: 'udp',
  ports: [161],
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
