import type { DatagramProtocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { checkSettings, server } from './server.ts'

/** A telephone exchange that lets nobody in. */
export const sip: DatagramProtocol = {
  id: 'sip',
  transport: 'udp',
  ports: [5060],
  detect: recognise,
  service: (settings) => server(checkSettings(settings)),
}
