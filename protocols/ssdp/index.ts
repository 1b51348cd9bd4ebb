import type { DatagramProtocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { checkSettings, server } from './server.ts'

/** A UPnP root device that is looked for. */
export const ssdp: DatagramProtocol = {
  id: 'ssdp',
  transport: 'udp',
  ports: [1900],
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
