/** One flow, from first byte to last: recognise, serve, account. Idle flows cost no promise and no timer. */
import { detect, MAX_HEAD_BYTES } from '../protocols/detect.ts'
import type { Observation } from '../protocols/observation.ts'
import type { Protocol } from '../protocols/protocol.ts'
import { type ByteSource, Malformed, Reader } from '../protocols/reader.ts'
import { FlowSession } from './session.ts'
import type { Flow } from './stack/flow.ts'

/** First bytes of a flow that its event keeps. */
export const MAX_PAYLOAD_BYTES = 4096
const NOTHING = Buffer.alloc(0)

/** What the sensor is told while it serves. */
export interface Account {
  observed(flow: Flow, protocol: string, observation: Observation): void
  /**
   * Once for each flow, at its end. `payload`: its first bytes, at most MAX_PAYLOAD_BYTES.
   * `understood`: a protocol has claimed the flow and found nothing malformed in it.
   */
  ended(flow: Flow, protocol: string, payload: Buffer, understood: boolean): void
  /** Our bug: the flow dies, the sensor lives. */
  failed(flow: Flow, protocol: string, error: unknown): void
}

export type ServeOptions = {
  readonly protocols: readonly Protocol[]
  /** How long a visitor may be silent before who lives at the port speaks first, in ms; undefined: never. */
  readonly silenceMs: number | undefined
  /** Think-time in ms passes (a capture is replayed without it). */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /**
   * On the persona's own ports its own server answers whatever comes, as on the real machine; else, and
   * on all other ports, what the visitor says decides who does. False for captures: of another machine's ports.
   */
  readonly residentFirst: boolean
  readonly account: Account
}

export class Server {
  readonly options: ServeOptions
  readonly #byId: ReadonlyMap<string, Protocol>

  constructor(options: ServeOptions) {
    this.options = options
    this.#byId = new Map(options.protocols.map((p) => [p.id, p]))
  }

  accept(flow: Flow): void {
    const visit = new Visit(this, flow)
    flow.onActivity = () => visit.activity()
    const resident = this.resident(flow)
    const { silenceMs } = this.options
    if (resident?.greets === true && silenceMs !== undefined)
      setTimeout(() => visit.greet(resident), silenceMs)
  }

  /** Who lives at the port that the visitor came to. */
  resident(flow: Flow): Protocol | undefined {
    const id = flow.persona.greeter(flow.local.port)
    return id === undefined ? undefined : this.#byId.get(id)
  }
}

const RECOGNISING = 0
const UNKNOWN = 1
const SERVED = 2
const DONE = 3

class Visit implements ByteSource {
  readonly #server: Server
  readonly #flow: Flow
  #stage = RECOGNISING
  #head: Buffer = NOTHING
  #protocol = 'generic'
  #understood = false

  constructor(server: Server, flow: Flow) {
    this.#server = server
    this.#flow = flow
  }

  // Whoever reads the flow reads it through here: the first bytes are kept for its event.

  take(): Buffer | undefined {
    const bytes = this.#flow.take()
    const room = MAX_PAYLOAD_BYTES - this.#head.length
    if (bytes !== undefined && room > 0)
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, room)])
    return bytes
  }

  get ended(): boolean {
    return this.#flow.ended
  }

  wait(ready: () => void): void {
    this.#flow.wait(ready)
  }

  activity(): void {
    if (this.#stage === RECOGNISING) this.#recognise()
    if (this.#stage === UNKNOWN) this.#hold()
    const { ending } = this.#flow
    if (this.#stage !== DONE && ending !== undefined) this.#finish()
  }

  greet(resident: Protocol): void {
    if (this.#stage === RECOGNISING && !this.#flow.ended) this.#serve(resident)
  }

  #recognise(): void {
    const flow = this.#flow
    const bytes = flow.take()
    if (bytes === undefined) {
      if (flow.ended) this.#stage = UNKNOWN
      return
    }
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes])
    const { protocols, residentFirst } = this.#server.options
    const home = residentFirst && flow.door === 'persona' ? this.#server.resident(flow) : undefined
    if (home !== undefined) {
      this.#serve(home)
      return
    }
    const found = detect(protocols, flow.local.port, this.#head)
    if (found === 'more' && !flow.ended && this.#head.length < MAX_HEAD_BYTES) return
    const who = found === 'more' || found === undefined ? this.#server.resident(flow) : found
    if (who === undefined) this.#stage = UNKNOWN
    else this.#serve(who)
  }

  /** Nobody we know: keep the first bytes, say nothing, leave when the visitor leaves. */
  #hold(): void {
    const flow = this.#flow
    this.take()
    if (!flow.ended) return
    flow.end()
    this.#finish()
  }

  #serve(protocol: Protocol): void {
    this.#stage = SERVED
    this.#protocol = protocol.id
    const flow = this.#flow
    const service = flow.persona.service(protocol.id, flow.local.port)
    if (service === undefined) {
      this.#stage = UNKNOWN
      return
    }
    this.#understood = true
    const { account, pause } = this.#server.options
    const reader = new Reader(this, this.#head)
    const session = new FlowSession(flow, this, reader, pause, (observation) => {
      if (observation.kind === 'malformed') this.#understood = false
      account.observed(flow, protocol.id, observation)
    })
    const previous = flow.onActivity
    flow.onActivity = () => {
      if (flow.ending !== undefined) session.abort()
      previous?.()
    }
    service(session)
      .catch((error: unknown) => {
        if (error instanceof Malformed) session.report({ kind: 'malformed', reason: error.message })
        // After the visitor has left, an engine's complaint about it is no fault of ours.
        else if (flow.ending === undefined) account.failed(flow, protocol.id, error)
      })
      .finally(() => flow.end())
  }

  #finish(): void {
    this.#stage = DONE
    this.#server.options.account.ended(
      this.#flow,
      this.#protocol,
      this.#head.subarray(0, MAX_PAYLOAD_BYTES),
      this.#understood,
    )
  }
}
