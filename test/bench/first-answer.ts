/** Knocks every 5 ms until somebody opens; prints CLOCK_MONOTONIC, the same for every process, in nanoseconds. */
import { createConnection, type Socket } from 'node:net'

const EVERY_MS = 5
const PATIENCE_MS = 20_000

const [address, port] = process.argv.slice(2)
const sockets = new Set<Socket>()

const knock = (): void => {
  const socket = createConnection({ host: address ?? '', port: Number(port) })
  sockets.add(socket)
  // Refused or unreachable: somebody else's answer, not the sensor's.
  socket.once('error', () => sockets.delete(socket))
  socket.once('connect', () => {
    console.log(`answered ${process.hrtime.bigint()}`)
    process.exit(0)
  })
}
const knocking = setInterval(knock, EVERY_MS)
setTimeout(() => {
  clearInterval(knocking)
  process.exit(1)
}, PATIENCE_MS)
console.log('knocking')
