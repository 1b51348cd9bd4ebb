import type { Protocol } from '../protocol.ts'
import { hold } from './server.ts'

/** Nobody we know: it recognises nothing, it is what is left. It speaks nothing either: no codec. */
export const generic: Protocol = {
  id: 'generic',
  transport: 'tcp',
  ports: [],
  greets: false,
  detect: () => 'no',
  service: () => hold,
}
