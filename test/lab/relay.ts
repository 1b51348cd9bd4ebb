/**
 * A door into a namespace: run inside it, listens on a Unix socket (which namespaces do not part) and
 * passes every connection on to HOST:PORT there. node relay.ts SOCKET HOST PORT
 */
import { createConnection, createServer } from 'node:net'
import { pipeline } from 'node:stream'

const [path = '', host = '', port = ''] = process.argv.slice(2)
createServer((near) => {
  const far = createConnection({ host, port: Number(port) })
  pipeline(near, far, near, () => {})
}).listen(path, () => console.log('relay ready'))
