/** One datagram: recognise, serve at once, account. Whatever a service does, it does before it returns. */
import type { Observation } from '../protocols/observation.ts'
import type { DatagramProtocol, DatagramVisit, Endpoint, Identity } from '../protocols/protocol.ts'
import { Malformed } from '../protocols/reader.ts'
import type { Persona } from '../rotation/persona.ts'
import { MAX_OBSERVATIONS } from './session.ts'
import { Budget } from './stack/budget.ts'
import type { UdpFlow } from './stack/udp-flow.ts'

/** Observations of all datagrams in a second: forged sources cost a flood nothing, the outbox is for more than one. */
export const OBSERVATIONS_PER_SECOND = 200
/** Lines in the log that a fault of ours is worth in a second. */
export const FAILURES_PER_SECOND = 10

/** What the sensor is told while it serves. */
export interface DatagramAccount {
  observed(flow: UdpFlow, protocol: string, observation: Observation): void
  /** Our bug: the flow is served no more, the sensor lives. */
  failed(flow: UdpFlow, protocol: string, error: unknown): void
}

export type DatagramServeOptions = {
  readonly protocols: readonly DatagramProtocol[]
  /** Who lives at a UDP port: a protocol id. */
  readonly resident: (persona: Persona, port: number) => string | undefined
  readonly account: DatagramAccount
}

export class DatagramServer {
  /** Observations and failures that nobody was told of: too many in their second, or in their flow. */
  unsaid = 0
  readonly #options: DatagramServeOptions
  readonly #observations = new Budget(OBSERVATIONS_PER_SECOND)
  readonly #failures = new Budget(FAILURES_PER_SECOND)

  constructor(options: DatagramServeOptions) {
    this.#options = options
  }

  /** `datagram`: 1 byte or more, a copy. */
  serve(flow: UdpFlow, datagram: Buffer): void {
    if (flow.failed) return
    let id = flow.protocol
    try {
      const protocol = this.#recognise(flow, datagram)
      const service = protocol && flow.persona.datagramService(protocol.id, flow.localPort)
      if (protocol === undefined || service === undefined) {
        flow.puzzling = true
        return
      }
      id = protocol.id
      if (flow.protocol === 'generic') flow.protocol = id
      const visit = new Visit(flow, datagram, (observation) =>
        this.#observed(flow, id, observation),
      )
      try {
        service(visit)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
        visit.report({ kind: 'malformed', reason: error.message })
      } finally {
        visit.close()
      }
    } catch (error) {
      flow.failed = true
      if (this.#failures.spend(flow.lastAt)) this.#options.account.failed(flow, id, error)
      else this.unsaid++
    }
  }

  /** On the persona's own port its resident, whatever comes; elsewhere by payload, of several one whose port it is. */
  #recognise(flow: UdpFlow, datagram: Uint8Array): DatagramProtocol | undefined {
    const { protocols, resident } = this.#options
    const lives = resident(flow.persona, flow.localPort)
    const home = protocols.find(({ id }) => id === lives)
    if (home !== undefined) return home
    let found: DatagramProtocol | undefined
    for (const protocol of protocols) {
      if (!protocol.detect(datagram)) continue
      if (found === undefined || protocol.ports.includes(flow.localPort)) found = protocol
    }
    return found
  }

  #observed(flow: UdpFlow, protocol: string, observation: Observation): void {
    if (observation.kind === 'malformed') flow.puzzling = true
    if (flow.observations >= MAX_OBSERVATIONS || !this.#observations.spend(flow.lastAt)) {
      this.unsaid++
      return
    }
    flow.observations++
    this.#options.account.observed(flow, protocol, observation)
  }
}

class Visit implements DatagramVisit {
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly identity: Identity
  readonly datagram: Buffer
  readonly #report: (observation: Observation) => void
  #flow: UdpFlow | undefined

  constructor(flow: UdpFlow, datagram: Buffer, report: (observation: Observation) => void) {
    this.remote = flow.remote
    this.local = flow.local
    this.identity = flow.persona.identity
    this.datagram = datagram
    this.#report = report
    this.#flow = flow
  }

  get allowance(): number {
    return this.#flow?.allowance ?? 0
  }

  reply(bytes: Uint8Array): boolean {
    return this.#flow?.reply(bytes) ?? false
  }

  report(observation: Observation): void {
    if (this.#flow !== undefined) this.#report(observation)
  }

  /** What a service says later, nobody hears: the packet that it would answer is gone. */
  close(): void {
    this.#flow = undefined
  }
}
