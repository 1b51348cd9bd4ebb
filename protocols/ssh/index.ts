import type { Protocol, Service } from '../protocol.ts'
import { detect } from './codec.ts'
import { checkSettings } from './settings.ts'

export const ssh: Protocol = {
  id: 'ssh',
  transport: 'tcp',
  ports: [22, 2222],
  greets: true,
  elsewhere: [{ ident: 'SSH-2.0-dropbear_2019.78' }, { ident: 'SSH-2.0-OpenSSH_7.4' }],
  detect,
  service(given, identity) {
    const settings = checkSettings(given, identity)
    let engine: Promise<Service> | undefined
    return async (session) => {
      // The engine is large and its keys take time: loaded for the first visitor, not before the first SYN.
      engine ??= import('./server.ts').then(({ server }) => server(settings, identity))
      return (await engine)(session)
    }
  },
}
