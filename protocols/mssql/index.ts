import type { Protocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'
import { checkSettings } from './settings.ts'

/** Microsoft SQL Server: TDS 4.2 and 7.0 to 7.4, without TLS so that clients log in in the clear. */
export const mssql: Protocol = {
  id: 'mssql',
  transport: 'tcp',
  ports: [1433],
  greets: false,
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
