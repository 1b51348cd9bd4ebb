/** What a protocol works with, made over a flow when the flow is recognised. */
import { Duplex } from 'node:stream'
import type { Observation } from '../protocols/observation.ts'
import type { Endpoint, Identity, Session } from '../protocols/protocol.ts'
import type { ByteSource, Reader } from '../protocols/reader.ts'
import type { Flow } from './stack/flow.ts'

/** Observations of one flow; what comes after is dropped (a visitor that floods a shell with commands). */
export const MAX_OBSERVATIONS = 500

export class FlowSession implements Session {
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly identity: Identity
  readonly reader: Reader
  readonly #flow: Flow
  readonly #source: ByteSource
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly #report: (observation: Observation) => void
  #controller: AbortController | undefined
  #reports = 0

  constructor(
    flow: Flow,
    source: ByteSource,
    reader: Reader,
    pause: (ms: number, signal: AbortSignal) => Promise<void>,
    report: (observation: Observation) => void,
  ) {
    this.#flow = flow
    this.#source = source
    this.remote = flow.remote
    this.local = flow.local
    this.identity = flow.persona.identity
    this.reader = reader
    this.#pause = pause
    this.#report = report
  }

  write(bytes: Uint8Array | string): Promise<void> {
    const room = this.#flow.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
    return room ? Promise.resolve() : new Promise((ready) => this.#flow.drained(ready))
  }

  report(observation: Observation): void {
    if (this.#reports++ < MAX_OBSERVATIONS) this.#report(observation)
  }

  pause(ms: number): Promise<void> {
    return this.#pause(ms, this.signal)
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#flow.ending !== undefined) this.#controller.abort()
    }
    return this.#controller.signal
  }

  abort(): void {
    this.#controller?.abort()
  }

  stream(): Duplex {
    return new FlowStream(this.#flow, this.#source, this.reader.head)
  }
}

/** The flow as a Node stream, for engines that own one. */
class FlowStream extends Duplex {
  readonly #flow: Flow
  readonly #source: ByteSource
  #head: Buffer

  constructor(flow: Flow, source: ByteSource, head: Buffer) {
    super({ allowHalfOpen: true })
    this.#flow = flow
    this.#source = source
    this.#head = head
  }

  override _read(): void {
    const bytes = this.#head.length > 0 ? this.#head : this.#source.take()
    this.#head = Buffer.alloc(0)
    if (bytes !== undefined) this.push(bytes)
    else if (this.#source.ended) this.push(null)
    else this.#source.wait(() => this._read())
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#flow.write(chunk)) done()
    else this.#flow.drained(done)
  }

  override _final(done: () => void): void {
    this.#flow.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#flow.end()
    done(error)
  }
}

/** Real time passes. Returns early when `signal` aborts. */
export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve()
  return new Promise((done) => {
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      done()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish)
  })
}
