/**
 * The straight line from frames to events: stack → serve → behaviour → report. The packet thread
 * feeds it from a link, `replay` from a capture file; it opens nothing and owns no thread.
 */
import type { Observation } from '../protocols/observation.ts'
import type { DatagramProtocol, Protocol } from '../protocols/protocol.ts'
import type { Persona } from '../rotation/persona.ts'
import { type ScanFinding, ScanTracker } from './behaviour/scan.ts'
import type { DeferredFindings } from './deferred-findings.ts'
import type { SensorEvent } from './event.ts'
import { KnownSignatures } from './fingerprint/known-signatures.ts'
import { classify, isTool, scannerName } from './fingerprint/scanner.ts'
import type { Link } from './link/link.ts'
import { findingEvent, observationEvent, type Party, type Stamp, scanEvent } from './report.ts'
import { datagramsEvent } from './report-datagram.ts'
import { Server } from './serve.ts'
import { DatagramServer } from './serve-datagram.ts'
import type { Connection } from './stack/connection.ts'
import type { Flow } from './stack/flow.ts'
import { isName } from './stack/names6.ts'
import { Stack, type StackOptions } from './stack/stack.ts'
import type { UdpFlow } from './stack/udp-flow.ts'
import { addressText } from './wire/ipv4.ts'

export type PipelineOptions = {
  readonly link: Link
  readonly stack: Omit<StackOptions, 'datagrams'>
  readonly protocols: readonly Protocol[]
  readonly datagramProtocols: readonly DatagramProtocol[]
  readonly persona: (address: number) => Persona | undefined
  readonly findings: DeferredFindings
  readonly stamp: Stamp
  /** Monotonic milliseconds, the stack's time. */
  readonly clock: () => number
  readonly random: (bytes: number) => Uint8Array
  readonly silenceMs: number | undefined
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly wake: () => void
  readonly emit: (event: SensorEvent) => void
  /** A flow has ended. Writes the `connectionEvent` of it. */
  readonly ended: (flow: Flow, protocol: string, payload: Uint8Array, durationMs: number) => void
  /** A scan row that still grows; undefined: it was emitted. */
  readonly draft: (key: string, event: SensorEvent | undefined) => void
  readonly failed: (flow: { readonly id: string }, protocol: string, error: unknown) => void
}

export class Pipeline {
  readonly stack: Stack
  readonly datagrams: DatagramServer
  readonly #options: PipelineOptions
  readonly #scans = new ScanTracker()
  readonly #scanIds = new Map<string, string>()
  /** Wall clock in ms, read once a second: minutes of scans need no better. */
  #wall: number

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#wall = options.stamp.now()
    const scans = this.#scans
    const signatures = new KnownSignatures()
    const account = this.#account()
    const { protocols, datagramProtocols, silenceMs, pause } = options
    const residentFirst = !options.stack.flows.trusting
    const server = new Server({ protocols, silenceMs, pause, residentFirst, account })
    this.datagrams = new DatagramServer({
      protocols: datagramProtocols,
      resident: (persona, port) => persona.datagramResident(port),
      account,
    })
    this.stack = new Stack(
      options.link,
      {
        persona: options.persona,
        syn: (syn) => {
          const code = classify(syn)
          scans.syn(syn.source, syn.destination, syn.destinationPort, code, this.#wall)
          return code
        },
        accept: (flow) => {
          const c = flow as Connection
          scans.completed(c.remoteAddress, c.host.address, c.localPort, this.#wall)
          server.accept(flow)
        },
        describe: (syn) => signatures.of(syn),
        scannerName: (code) => (isTool(code) ? scannerName(code) : ''),
        random: options.random,
        wake: options.wake,
      },
      {
        ...options.stack,
        datagrams: {
          datagram: (flow, payload) => this.datagrams.serve(flow, payload),
          datagramsEnded: account.datagramsEnded,
        },
      },
      options.clock(),
    )
  }

  /** The wall clock has moved on: rows of scans whose minute is over, and drafts of those that grow. Called at least once a second. */
  second(): void {
    this.#wall = this.#options.stamp.now()
    this.stack.udp.expire(this.#options.clock())
    this.#report(this.#scans.due(this.#wall))
    for (const key of this.#scans.withdrawn()) this.#settle(key)
    for (const finding of this.#scans.drafts(this.#wall)) {
      const event = this.#scan(finding)
      if (event !== undefined) this.#options.draft(finding.key, event)
    }
  }

  /** Nothing more will come: everything that still grows is reported as it is. */
  finish(): void {
    this.stack.closeAll()
    this.stack.udp.closeAll(this.#options.clock())
    this.#report(this.#scans.drain())
  }

  #report(findings: readonly ScanFinding[]): void {
    for (const finding of findings) {
      const event = this.#scan(finding)
      if (event !== undefined) this.#options.emit(event)
      this.#settle(finding.key)
    }
  }

  #settle(key: string): void {
    this.#options.draft(key, undefined)
    this.#scanIds.delete(key)
  }

  #scan(finding: ScanFinding): SensorEvent | undefined {
    const { persona, stamp } = this.#options
    const who = persona(finding.destinations[0] ?? 0)
    if (who === undefined) return undefined
    let id = this.#scanIds.get(finding.key)
    if (id === undefined) {
      id = stamp.id(stamp.now())
      this.#scanIds.set(finding.key, id)
    }
    return scanEvent(stamp, who, finding, id, (address) => this.#text(address))
  }

  /** An address as people write it; of IPv6 '::' when its name has been forgotten for another. */
  #text(address: number): string {
    return isName(address)
      ? (this.#options.stack.names.text(address) ?? '::')
      : addressText(address)
  }

  #account() {
    const { stamp, emit, ended, findings, clock, failed } = this.#options
    /** Flows that a rule has spoken of: their payload needs no second look. */
    const named = new WeakSet<Party>()
    const contextOf = (flow: Party, protocol: string) => ({
      source: flow.remote.address,
      protocol,
      port: flow.local.port,
      now: clock(),
    })
    const judge = (flow: Party, protocol: string, payload: Buffer): void => {
      if (payload.length === 0 || named.has(flow)) return
      findings.payload(contextOf(flow, protocol), payload.toString('latin1'), (finding) =>
        emit(findingEvent(stamp, flow, protocol, finding)),
      )
    }
    return {
      observed: (flow: Party, protocol: string, observation: Observation): void => {
        emit(observationEvent(stamp, flow, protocol, observation))
        findings.observe(contextOf(flow, protocol), observation, (finding) => {
          named.add(flow)
          emit(findingEvent(stamp, flow, protocol, finding))
        })
      },
      ended: (flow: Flow, protocol: string, payload: Buffer, understood: boolean): void => {
        ended(flow, protocol, payload, clock() - flow.openedAt)
        if (!understood) judge(flow, protocol, payload)
      },
      datagramsEnded: (flow: UdpFlow, payload: Buffer, now: number): void => {
        emit(datagramsEvent(stamp, flow, payload, now))
        if (!flow.understood) judge(flow, flow.protocol, payload)
      },
      failed,
    }
  }
}
