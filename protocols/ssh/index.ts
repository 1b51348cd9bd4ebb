import type { Protocol } from '../protocol.ts'
import { detect } from './codec.ts'
import { prepare } from './server.ts'

export const ssh: Protocol = {
  id: 'ssh',
  transport: 'tcp',
  ports: [22, 2222],
  greets: true,
  detect,
  service: prepare,
}
