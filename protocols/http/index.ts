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
  // What runs on such ports of servers and devices alike, none of it the first page of anything.
  elsewhere: [
    { server: 'Apache-Coyote/1.1', realm: 'Tomcat Manager Application' },
    { server: '', realm: 'Restricted' },
    { server: 'gunicorn', index: '{"detail":"Not Found"}' },
    { server: 'Jetty(9.4.43.v20210629)', index: '<h2>HTTP ERROR 404 Not Found</h2>\n' },
  ],
  detect: recognise,
  service: (settings, identity) => server(checkSettings(settings), identity),
}
