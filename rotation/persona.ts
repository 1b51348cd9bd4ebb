import type { DatagramService, Identity, Service, Transport } from '../protocols/protocol.ts'
import type { Traits } from './traits.ts'

/** A machine the sensor can be: how its stack looks, which doors it has, how it answers. */
export interface Persona {
  readonly id: string
  /** Which of the many machines of this kind: differs after every rotation. */
  readonly identity: Identity & { readonly id: string }
  readonly mac: Uint8Array
  readonly traits: Traits
  /** When the machine was started, in ms since 1970: long before its identity was made. */
  readonly bootedAt: number
  /** What its clock gains on true time, in parts per million. */
  readonly skewPpm: number
  /** The persona's own opinion of a port; what the sensor adds to it is the doors' business (agent/stack). */
  door(transport: Transport, port: number): Door
  /** Who lives at this TCP port and speaks first when the visitor waits: a protocol id. */
  greeter(port: number): string | undefined
  /** The TCP service for a protocol, as it is set up at this port; made when first asked for. */
  service(protocol: string, port: number): Service | undefined
  /** Who lives at this UDP port. */
  datagramResident(port: number): string | undefined
  /** As `service`, for UDP. */
  datagramService(protocol: string, port: number): DatagramService | undefined
  /** TCP ports in P ∪ X: what a scan may see open. */
  readonly openPorts: ReadonlySet<number>
}

/** Open answers, closed refuses (RST, ICMP unreachable), silent drops. */
export type Door = 'open' | 'closed' | 'silent'
