/**
 * What the sensor asks of a protocol, and what a protocol gets to work with.
 *
 * A protocol is a folder here with an index.ts that exports one Protocol.
 * It knows bytes and manners; it never knows who captured the packet,
 * where events go, or which machine it runs on.
 */
import type { Duplex } from 'node:stream'
import type { Observation } from './observation.ts'
import type { Reader } from './reader.ts'

export type Transport = 'tcp' | 'udp'
export type Endpoint = { readonly address: string; readonly port: number }

/** 'more' means: the head so far fits, but does not settle it. */
export type Verdict = 'yes' | 'no' | 'more'

export interface Protocol {
  /** Stable name; it appears in every event as `network.protocol`. */
  readonly id: string
  readonly transport: Transport
  /** Usual ports: a tie-breaker, never proof. */
  readonly ports: readonly number[]
  /** True when the server speaks first. */
  readonly greets: boolean
  /**
   * Settings for ports that are not the persona's own, where visitors are let in too: one after the
   * other, so that no two ports of a machine say the same. Absent: `undefined` for all.
   */
  readonly elsewhere?: readonly unknown[]
  /**
   * Does the client's first data look like this protocol? Pure; called with a growing head (1 byte
   * or more). Runs for every unknown flow: look at bytes, allocate nothing on the way to 'no'.
   * Once it says 'yes' or 'no' for a head, it says so for every longer one.
   */
  detect(head: Uint8Array): Verdict
  /**
   * Check a persona's settings once, at load (throws TypeError naming the key), and prepare what
   * all sessions share. `settings` undefined: the protocol's own plausible defaults.
   */
  service(settings: unknown, identity: Identity): Service
}

/** One conversation, from recognition to its end. Throws only `Malformed` on purpose. */
export type Service = (session: Session) => Promise<void>

/** A protocol of single datagrams. */
export interface DatagramProtocol {
  readonly id: string
  readonly transport: 'udp'
  readonly ports: readonly number[]
  /** Is this datagram of this protocol? Pure; looks at bytes, allocates nothing on the way to false. */
  detect(datagram: Uint8Array): boolean
  /** As Protocol.service. */
  service(settings: unknown, identity: Identity): DatagramService
}

/** One datagram, answered at once or not at all. Throws only `Malformed` on purpose. */
export type DatagramService = (visit: DatagramVisit) => void

export interface DatagramVisit {
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly identity: Identity
  /** The payload: a copy, the service may keep it. */
  readonly datagram: Buffer
  /** Bytes that may still go out to this visitor: never more than came in, until its address is proven. */
  readonly allowance: number
  /** Sends one datagram. False: it is over the allowance, and nothing was sent. */
  reply(bytes: Uint8Array): boolean
  /** Say what was seen. The sensor adds who, where and when. */
  report(observation: Observation): void
}

/** Who the sensor is today, as far as a protocol may know. */
export interface Identity {
  readonly hostname: string
  /**
   * Bytes that belong to this identity and `label` alone: the same on every call, different for
   * every other identity (HKDF-SHA256 of the identity's seed). Host keys, serials and GUIDs come from here.
   */
  secret(label: string, length: number): Buffer
  /** What this machine's clock shows, in ms since 1970: the same in an HTTP Date and in an uptime. */
  now(): number
}

export interface Session {
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly identity: Identity
  /** Bounded reads of what the visitor sends. */
  readonly reader: Reader
  /** Resolves when the send queue has room again; resolves at once when the visitor has left. */
  write(bytes: Uint8Array | string): Promise<void>
  /** Say what was seen. The sensor adds who, where and when. */
  report(observation: Observation): void
  /** Think-time in milliseconds; returns early when the session ends. */
  pause(ms: number): Promise<void>
  /** Aborts on time-out, byte budget, the visitor's reset or shutdown. */
  readonly signal: AbortSignal
  /** The raw stream, for an engine that wants to own it (TLS, SSH): unread bytes come first. Call once; do not use the reader after. */
  stream(): Duplex
}
