/** A session whose visitor is a script: no socket, no clock, no randomness. */
import { createHash } from 'node:crypto'
import { Duplex } from 'node:stream'
import type { Observation } from '../../protocols/observation.ts'
import type { Identity, Service, Session } from '../../protocols/protocol.ts'
import { type ByteSource, Malformed, Reader } from '../../protocols/reader.ts'

/** Turns of the event loop a silent visitor waits: whatever the server does unasked happens first. */
const PATIENCE_TURNS = 3

export const identity = (hostname = 'cuttle-test'): Identity => ({
  hostname,
  secret: (label, length) => {
    const parts: Buffer[] = []
    for (let i = 0; i * 32 < length; i++)
      parts.push(createHash('sha256').update(`${hostname}/${label}/${i}`).digest())
    return Buffer.concat(parts).subarray(0, length)
  },
  now: () => 784_111_777_000,
})

export type Visit = {
  /** What the visitor sends; each piece when the server waits for it. */
  readonly pieces: readonly Uint8Array[]
  readonly identity?: Identity
  readonly port?: number
  /** The visitor never ends the stream itself: the server must. */
  readonly stays?: boolean
}

export type Account = {
  readonly replies: Buffer
  readonly observations: Observation[]
  /** Bytes of reply written before each piece was delivered. */
  readonly marks: number[]
  /** The server left first: it never met the end of the visitor's stream. */
  readonly closed: boolean
}

/** A session over the script, and what it has come to when asked. */
export function scriptedSession(visit: Visit): { session: Session; account: () => Account } {
  const { pieces } = visit
  const parts: Buffer[] = []
  const observations: Observation[] = []
  const marks: number[] = []
  let written = 0
  let next = 0
  let arrived: Buffer | undefined
  let ended = false
  let noticed = false

  const source: ByteSource = {
    take() {
      const bytes = arrived
      arrived = undefined
      return bytes
    },
    get ended() {
      noticed ||= ended
      return ended
    },
    wait: (ready) => void patience(PATIENCE_TURNS).then(deliver).then(ready),
  }
  function deliver(): void {
    const piece = pieces[next++]
    if (piece === undefined) {
      ended = true
      return
    }
    marks.push(written)
    arrived = Buffer.from(piece)
    if (next === pieces.length && visit.stays !== true) ended = true
  }

  const reader = new Reader(source)
  const write = async (bytes: Uint8Array | string): Promise<void> => {
    const part = Buffer.from(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes)
    parts.push(part)
    written += part.length
  }
  const session: Session = {
    remote: { address: '192.0.2.7', port: 51234 },
    local: { address: '198.51.100.3', port: visit.port ?? 4242 },
    identity: visit.identity ?? identity(),
    reader,
    write,
    report: (observation) => void observations.push(observation),
    pause: () => patience(1),
    signal: new AbortController().signal,
    stream: () => streamOf(reader, write),
  }
  const account = (): Account => ({
    replies: Buffer.concat(parts),
    observations,
    marks,
    closed: !noticed,
  })
  return { session, account }
}

/** Serve one scripted visit to its end, as agent/serve.ts does: Malformed becomes an observation. */
export async function serveVisit(service: Service, visit: Visit): Promise<Account> {
  const { session, account } = scriptedSession(visit)
  try {
    await service(session)
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault
    session.report({ kind: 'malformed', reason: fault.message })
  }
  return account()
}

async function patience(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((done) => setImmediate(done))
}

function streamOf(reader: Reader, write: (bytes: Uint8Array) => Promise<void>): Duplex {
  return new Duplex({
    read() {
      reader.chunk().then(
        (bytes) => this.push(bytes ?? null),
        (fault: Error) => this.destroy(fault),
      )
    },
    write(bytes: Buffer, _encoding, done) {
      write(bytes).then(() => done(), done)
    },
  })
}
