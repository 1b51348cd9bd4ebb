/** A service on a loopback port, for real clients. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Observation } from '../../protocols/observation.ts'
import type { Identity, Service, Session } from '../../protocols/protocol.ts'
import { type ByteSource, Malformed, Reader } from '../../protocols/reader.ts'
import { identity } from './session.ts'

export type Listening = {
  readonly port: number
  readonly observations: readonly Observation[]
  /** Faults of ours: a test expects none. */
  readonly faults: readonly unknown[]
  close(): Promise<void>
}

export async function listen(service: Service, who: Identity = identity()): Promise<Listening> {
  const observations: Observation[] = []
  const faults: unknown[] = []
  const live = new Set<Promise<void>>()
  const server = createServer((socket) => {
    const session = sessionOf(socket, who, (observation) => void observations.push(observation))
    const served = service(session)
      .catch((fault: unknown) => {
        if (fault instanceof Malformed) session.report({ kind: 'malformed', reason: fault.message })
        else faults.push(fault)
      })
      .finally(() => {
        socket.end()
        live.delete(served)
      })
    live.add(served)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    observations,
    faults,
    async close() {
      server.close()
      await Promise.all(live)
    },
  }
}

function sessionOf(socket: Socket, who: Identity, report: Session['report']): Session {
  const arrived: Buffer[] = []
  const control = new AbortController()
  let ended = false
  let wake: (() => void) | undefined
  const stir = (): void => {
    wake?.()
    wake = undefined
  }
  const leave = (): void => {
    ended = true
    stir()
  }
  socket.on('data', (bytes: Buffer) => {
    arrived.push(bytes)
    stir()
  })
  socket.on('end', leave)
  socket.on('error', leave)
  socket.on('close', () => {
    leave()
    control.abort()
  })
  const source: ByteSource = {
    take: () => (arrived.length === 0 ? undefined : Buffer.concat(arrived.splice(0))),
    get ended() {
      return ended
    },
    wait(ready) {
      if (ended || arrived.length > 0) setImmediate(ready)
      else wake = ready
    },
  }
  return {
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    identity: who,
    reader: new Reader(source),
    write: (bytes) =>
      new Promise((done) => {
        if (socket.destroyed) done()
        else socket.write(bytes, () => done())
      }),
    report,
    pause: (ms) => new Promise((done) => void setTimeout(done, ms)),
    signal: control.signal,
    /** What the kernel has read stays with the socket: engines attach before the first byte. */
    stream() {
      socket.removeAllListeners('data')
      for (const bytes of arrived.splice(0).reverse()) socket.unshift(bytes)
      return socket
    },
  }
}
