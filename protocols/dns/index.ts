import type { DatagramProtocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { checkSettings, server } from './server.ts'

/** A name server that does not serve strangers. */
export const dns: DatagramProtocol = {
  id: 'dns',
  transport: 'udp',
  ports: [53],
  detect: recognise,
  service: (settings) => server(checkSettings(settings)),
}
