/** How a TCP/IP stack looks from outside, in every packet. Plain data: a persona's file names a stack of `stacks/`. */

import type { InterfaceIdKind } from './address6.ts'

/**
 * Where an IP ID comes from: 0; one counter of the host; one for each destination (Windows since 8,
 * Linux); one of its own (NetScaler's ICMP); a counter with random steps; random; for flows also one
 * for each connection (Linux).
 */
export type IpIdRule =
  | 'zero'
  | 'host-counter'
  | 'destination-counter'
  | 'own-counter'
  | 'random-steps'
  | 'random'
  | 'flow-counter'

/** What a segment that belongs to no flow is answered with; undefined: nothing. */
export type Reply = {
  readonly flags: 'rst' | 'rst-ack'
  /** 0, or the acknowledgment number of the segment. */
  readonly sequence: 'zero' | 'acknowledgment'
  /** 0; what the segment's end would be acknowledged with; its sequence number, and one more; its acknowledgment number. */
  readonly acknowledgment: 'zero' | 'next' | 'sequence' | 'sequence+1' | 'acknowledgment'
  readonly window: number
}

/**
 * Segments that belong to no flow, by what they carry (nmap's T2 to T7 and its FIN, NULL, Xmas and
 * Maimon scans are cases of these). `open`: at a door that is shown; `closed`: at one that refuses.
 */
export type Replies = {
  /** Neither SYN, ACK nor RST (NULL, FIN, Xmas: T2). */
  readonly openBare: Reply | undefined
  /** SYN and FIN without ACK (T3); 'syn-ack': taken as a SYN. */
  readonly openSynFin: Reply | 'syn-ack' | undefined
  /** With ACK (T4). */
  readonly openAck: Reply | undefined
  /** A SYN (T5). */
  readonly closedSyn: Reply | undefined
  /** With ACK (T6). */
  readonly closedAck: Reply | undefined
  /** Neither SYN, ACK nor RST (T7). */
  readonly closedBare: Reply | undefined
}

/** Initial sequence numbers: RFC 6528 (a hash of the connection and a clock), or a clock with noise for all connections. */
export type IsnRule =
  | {
      readonly kind: 'hashed' /** Increments of the clock in a second. */
      readonly perSecond: number
    }
  | {
      readonly kind: 'linear'
      readonly perSecond: number
      /** Largest random addition. */
      readonly noise: number
      /** All numbers are multiples of it. */
      readonly step: number
    }

export type Timestamps = {
  /** Ticks a second. */
  readonly hz: number
  /** Ticks since boot; with an offset for each pair of addresses (Linux 4.10 to 6.17); for each connection (FreeBSD, Linux since 6.18). */
  readonly offset: 'boot' | 'host' | 'connection'
}

export type IcmpTraits = {
  /** Don't Fragment of an echo reply: never, always, as in the request. */
  readonly echoDf: 'never' | 'always' | 'same'
  /** Code of an echo reply. */
  readonly echoCode: 'zero' | 'same'
  /** Answers a timestamp request (RFC 792), an address mask request (RFC 950). */
  readonly timestamp: boolean
  readonly mask: boolean
  readonly unreachable: {
    /** What is quoted of the offending packet: its header and 8 bytes, or as much as fits in 576 bytes. */
    readonly quote: 'header+8' | 'full'
    readonly tos: number
    readonly df: boolean
    /** The word that RFC 792 calls unused. */
    readonly unused: number
    /** Answers in a second to one destination, after as many at once as `burst`. */
    readonly perSecond: number
    readonly burst: number
    /** Protocol unreachable too, for what is neither TCP, UDP nor ICMP. */
    readonly protocol: boolean
  }
}

export type Layout = 'linux' | 'windows' | 'bsd' | 'cisco' | 'big-ip' | 'mss-only'

export type Traits = {
  readonly ttl: 64 | 128 | 255
  readonly df: boolean
  /** What IPv6 has for `ttl`, and whether flows are labelled (RFC 6437). */
  readonly hopLimit: 64 | 128 | 255
  readonly flowLabel: boolean
  readonly ipid: {
    readonly synAck: IpIdRule
    readonly reset: IpIdRule
    readonly icmp: IpIdRule
    readonly flow: IpIdRule
  }
  readonly isn: IsnRule
  readonly mss: number
  /** The MSS that is sent: the host's own, never more than the visitor's (but 536 at least), or the largest of a list that is not more. */
  readonly mssRule: 'own' | 'clamp' | 'clamp-536' | readonly number[]
  /** Window of the SYN-ACK without and with timestamps in use. */
  readonly window: number
  readonly windowWithTimestamps: number
  /** Without scaling: the largest multiple of the visitor's MSS (at least 536) that `window` holds (Windows since 10). */
  readonly windowInSegments: boolean
  /** Shift sent when the visitor offers scaling; undefined: never. */
  readonly windowScale: number | undefined
  /** Bytes that an established flow announces as its window. */
  readonly receiveWindow: number
  readonly sack: boolean
  readonly timestamps: Timestamps | undefined
  /** Order and padding of SYN-ACK options. */
  readonly layout: Layout
  readonly ecn: boolean
  readonly replies: Replies
  readonly icmp: IcmpTraits
  /** Gaps before a SYN-ACK is repeated, in seconds, the first from its sending; and the RST after the last gap, if any. */
  readonly synAckRepeats: readonly number[]
  readonly synAckReset: number | undefined
  /** An acknowledgement without data may wait so long for company, in ms. */
  readonly delayedAckMs: number
  /** First and least retransmission time-out, in ms. */
  readonly retransmitMs: number
  readonly minRetransmitMs: number
  /** How it makes the half of an IPv6 address that is its own. */
  readonly interfaceId: InterfaceIdKind
  /** How a booting machine claims its address: probes (RFC 5227) and announcements. */
  readonly arp: { readonly probes: number; readonly announcements: number }
}
