import type { DatagramProtocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { checkSettings, server } from './server.ts'

/** Tells clients the machine's time, tells nobody about its other clients. */
export const ntp: DatagramProtocol = {
  id: 'ntp',
  transport: 'udp',
  ports: [123],
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
