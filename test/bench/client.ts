/**
 * A real client in the middle of something: node client.ts ADDRESS PORT TRIES EVERY_MS FIRST_PORT. Each try connects from a
 * port of its own and waits for the server's first bytes. Prints {"handshakes", "banners", "worst"} (ms to the banner).
 */
import { createConnection } from 'node:net'

const PATIENCE_MS = 5000
const [address = '', port = '', tries = '', every = '', first = ''] = process.argv.slice(2)
const told = { tries: Number(tries), handshakes: 0, banners: 0, worst: 0 }

const attempt = (localPort: number): Promise<void> =>
  new Promise((done) => {
    const began = performance.now()
    const socket = createConnection({ host: address, port: Number(port), localPort })
    const end = (): void => {
      socket.destroy()
      done()
    }
    const patience = setTimeout(end, PATIENCE_MS)
    socket.once('connect', () => told.handshakes++)
    socket.once('data', () => {
      told.banners++
      told.worst = Math.max(told.worst, performance.now() - began)
      clearTimeout(patience)
      end()
    })
    socket.once('error', end)
  })

const attempts: Promise<void>[] = []
for (let n = 0; n < told.tries; n++) {
  attempts.push(attempt(Number(first) + n))
  await new Promise((done) => setTimeout(done, Number(every)))
}
await Promise.all(attempts)
console.log(JSON.stringify(told))
process.exit(0)
