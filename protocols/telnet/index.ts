import type { Protocol, Verdict } from '../protocol.ts'
import { DONT, IAC, WILL } from './codec.ts'
import { prepare } from './server.ts'

export const telnet: Protocol = {
  id: 'telnet',
  transport: 'tcp',
  ports: [23, 2323],
  greets: true,
  elsewhere: [{ banner: '\r\nWelcome\r\n' }, { banner: '\r\n' }, {}],
  detect,
  service: prepare,
}

/** A client that speaks first negotiates: IAC and WILL, WONT, DO or DONT. */
function detect(head: Uint8Array): Verdict {
  if (head[0] !== IAC) return 'no'
  const command = head[1]
  if (command === undefined) return 'more'
  return command >= WILL && command <= DONT ? 'yes' : 'no'
}
