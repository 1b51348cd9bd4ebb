import type { Identity, Service, Transport } from '../protocols/protocol.ts'

/** A machine the sensor can be: how its stack looks, which doors it has, how it answers. */
export interface Persona {
  readonly id: string
  /** Which of the many machines of this kind: differs after every rotation. */
  readonly identity: Identity & { readonly id: string }
  readonly mac: Uint8Array
  readonly traits: Traits
  /** The persona's own opinion of a port; what the sensor adds to it is the doors' business (agent/stack). */
  door(transport: Transport, port: number): Door
  /** Who speaks first at this port, when the visitor waits: a protocol id. */
  greeter(port: number): string | undefined
  /** By protocol id. */
  readonly services: ReadonlyMap<string, Service>
  /** Ports in P ∪ X: what a scan may see open. */
  readonly openPorts: ReadonlySet<number>
}

/** Open answers, closed refuses (RST, ICMP unreachable), silent drops. */
export type Door = 'open' | 'closed' | 'silent'

export type TcpOption = 'mss' | 'nop' | 'ws' | 'sok' | 'ts' | 'eol'

/** How a TCP/IP stack looks from outside: a p0f signature, taken apart. */
export type Traits = {
  readonly ttl: 64 | 128 | 255
  readonly df: boolean
  /** IP ID of a SYN-ACK: Linux sends 0 with DF, Windows counts. */
  readonly ipid: 'zero' | 'random' | 'counter'
  readonly mss: number
  /** Window of the SYN-ACK without and with timestamps in use. */
  readonly window: number
  readonly windowWithTimestamps: number
  /** Shift sent when the visitor offers scaling; undefined: never. */
  readonly windowScale: number | undefined
  readonly sack: boolean
  /** Ticks a second of the timestamp clock; 0: timestamps are never used. */
  readonly timestampHz: number
  /** Order of SYN-ACK options when all are offered; the ones not offered fall out, padding as the family does it. */
  readonly layout: 'linux' | 'windows'
  readonly ecn: boolean
}
