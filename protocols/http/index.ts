import type { Protocol } from '../protocol.ts'
import { recognise } from './codec.ts'
import { server } from './server.ts'
import { checkSettings } from './settings.ts'

/** HTTP/0.9 to 1.1, as nginx, Apache, lighttpd or a DVR's web server answer it. */
export const http: Protocol = {
  id: 'http',
  transport: 'tcp',
  ports: [80, 8080, 8000, 8888, 81, 60001],
  greets: false,
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
