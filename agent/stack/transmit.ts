/** Builds frames in the link's own buffer: SYN-ACKs, resets and segments in the persona's manner. Nothing is allocated. */
import type { Reply } from '../../rotation/traits.ts'
import type { Link } from '../link/link.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as tcp from '../wire/tcp.ts'
import type { Connection } from './connection.ts'
import type { Host } from './host.ts'
import { synAckMss, synAckOptions, synAckWindow } from './syn-ack-options.ts'

/** Where an answer goes on the wire. Reusable. */
export type Peer = {
  macHigh: number
  macLow: number
  /** int32; of IPv6 its name. */
  address: number
  /** Of IPv6: the address itself. */
  readonly words: Int32Array
  port: number
  localPort: number
  /** Partial sum of the TCP pseudo-header of host and peer. */
  pseudo: number
}
export const blankPeer = (): Peer => ({
  macHigh: 0,
  macLow: 0,
  address: 0,
  words: new Int32Array(4),
  port: 0,
  localPort: 0,
  pseudo: 0,
})

/** What the visitor offered in its SYN, and how it is answered. Reusable. */
export type Offer = {
  isn: number
  acknowledgment: number
  ecn: boolean
  /** -1: none. */
  scale: number
  /** 0: none. */
  mss: number
  sack: boolean
  timestamps: boolean
  timestampValue: number
}

const NO_WORDS = new Int32Array(4)

export class Transmit {
  readonly #link: Link
  readonly #frame: number
  /** Of a flow that is reset: it may be any, while another's packet is at hand. */
  readonly #peer = blankPeer()
  /** Frames that found no room on the link. */
  lost = 0

  constructor(link: Link) {
    this.#link = link
    this.#frame = link.ethernet ? ethernet.HEADER_BYTES : 0
  }

  /** Offset for an IP packet, or -1. */
  reserve(): number {
    const at = this.#link.reserve()
    if (at < 0) {
      this.lost++
      return -1
    }
    return at + this.#frame
  }

  get out(): Uint8Array {
    return this.#link.out
  }
  get mtu(): number {
    return this.#link.mtu
  }
  /** Largest TCP segment in bytes that the link carries. */
  maxSegment(host: Host): number {
    return this.#link.mtu - host.headerBytes - tcp.HEADER_BYTES
  }

  /** Put the Ethernet header before the packet at `at` and queue the frame. */
  commit(at: number, packetBytes: number, host: Host, macHigh: number, macLow: number): void {
    const type = host.words === undefined ? ethernet.IPV4 : ethernet.IPV6
    if (this.#frame !== 0)
      ethernet.emit(this.#link.out, at - this.#frame, macHigh, macLow, host.mac, type)
    this.#link.commit(this.#frame + packetBytes)
  }

  synAck(host: Host, peer: Peer, offer: Offer, now: number): void {
    const at = this.reserve()
    if (at < 0) return
    const out = this.#link.out
    const traits = host.persona.traits
    const ports = (peer.port << 16) | peer.localPort
    const stamped = offer.timestamps && traits.timestamps !== undefined
    const optionsBytes = synAckOptions(
      out,
      at + host.headerBytes + tcp.HEADER_BYTES,
      traits,
      synAckMss(traits, host.headerBytes, offer.mss),
      offer.scale >= 0 && traits.windowScale !== undefined,
      offer.sack && traits.sack,
      stamped,
      stamped ? host.timestamp(peer.address, ports, now) : 0,
      offer.timestampValue,
    )
    tcp.emit(
      out,
      at + host.headerBytes,
      peer.localPort,
      peer.port,
      offer.isn,
      offer.acknowledgment,
      // RFC 3168 6.1.1: ECE alone says yes.
      tcp.SYN | tcp.ACK | (offer.ecn && traits.ecn ? tcp.ECE : 0),
      synAckWindow(traits, offer.scale >= 0, offer.mss, stamped),
      optionsBytes,
      0,
      peer.pseudo,
    )
    const bytes = tcp.HEADER_BYTES + optionsBytes
    const id = host.ipId(traits.ipid.synAck, peer.address)
    this.#send(at, bytes, id, host, peer.address, ports, peer.words, peer.macHigh, peer.macLow)
  }

  /** A segment that belongs to no flow: a reset. */
  reset(
    host: Host,
    peer: Peer,
    sequence: number,
    acknowledgment: number,
    flags: number,
    window = 0,
  ): void {
    const at = this.reserve()
    if (at < 0) return
    const id = host.ipId(host.persona.traits.ipid.reset, peer.address)
    tcp.emit(
      this.#link.out,
      at + host.headerBytes,
      peer.localPort,
      peer.port,
      sequence,
      acknowledgment,
      flags,
      window,
      0,
      0,
      peer.pseudo,
    )
    const { address, words, macHigh, macLow } = peer
    const ports = (peer.port << 16) | peer.localPort
    this.#send(at, tcp.HEADER_BYTES, id, host, address, ports, words, macHigh, macLow)
  }

  /** What the persona answers to a segment of no flow: `next` is what its end would be acknowledged with. */
  reply(host: Host, peer: Peer, reply: Reply, s: tcp.Tcp, next: number): void {
    const sequence = reply.sequence === 'zero' ? 0 : s.acknowledgment
    const flags = reply.flags === 'rst' ? tcp.RST : tcp.RST | tcp.ACK
    this.reset(host, peer, sequence, acknowledgmentOf(reply, s, next), flags, reply.window)
  }

  /** A reset that ends a flow. */
  resetFlow(flow: Connection, sequence: number): void {
    const peer = this.#peer
    peer.address = flow.remoteAddress
    if (flow.remoteWords !== undefined) peer.words.set(flow.remoteWords)
    peer.port = flow.remotePort
    peer.localPort = flow.localPort
    peer.pseudo = flow.pseudo
    peer.macHigh = flow.macHigh
    peer.macLow = flow.macLow
    this.reset(flow.host, peer, sequence, flow.receiveNext, tcp.RST | tcp.ACK)
  }

  /** A segment of a flow: `length` bytes of its queue, `from` bytes behind the first unacknowledged one. False: no room on the link. */
  segment(
    flow: Connection,
    sequence: number,
    flags: number,
    window: number,
    from: number,
    length: number,
    now: number,
  ): boolean {
    const at = this.reserve()
    if (at < 0) return false
    const out = this.#link.out
    const host = flow.host
    const tcpAt = at + host.headerBytes
    let optionsBytes = 0
    if (flow.timestamps) {
      optionsBytes = 12
      out[tcpAt + 20] = 1
      out[tcpAt + 21] = 1
      tcp.emitOption(
        out,
        tcpAt + 22,
        tcp.OPTION_TIMESTAMPS,
        host.timestamp(flow.remoteAddress, (flow.remotePort << 16) | flow.localPort, now),
        flow.recentTimestamp,
      )
    }
    if (length > 0) flow.queue?.copy(from, length, out, tcpAt + tcp.HEADER_BYTES + optionsBytes)
    tcp.emit(
      out,
      tcpAt,
      flow.localPort,
      flow.remotePort,
      sequence,
      flow.receiveNext,
      flags,
      window,
      optionsBytes,
      length,
      flow.pseudo,
    )
    const bytes = tcp.HEADER_BYTES + optionsBytes + length
    const words = flow.remoteWords ?? NO_WORDS
    this.#send(
      at,
      bytes,
      flow.nextIpId(),
      host,
      flow.remoteAddress,
      (flow.remotePort << 16) | flow.localPort,
      words,
      flow.macHigh,
      flow.macLow,
    )
    return true
  }

  /** A TCP segment of `bytes` is in place at `at`: its IP header, its frame, away with it. */
  #send(
    at: number,
    bytes: number,
    id: number,
    host: Host,
    remote: number,
    ports: number,
    remoteWords: Int32Array,
    macHigh: number,
    macLow: number,
  ): void {
    const { ttl, df, hopLimit } = host.persona.traits
    const out = this.#link.out
    if (host.words === undefined)
      ipv4.emit(out, at, bytes, 0, id, df, ttl, ipv4.TCP, host.address, remote)
    else {
      const label = host.flowLabel(remote, ports)
      ipv6.emit(out, at, bytes, 0, label, ipv4.TCP, hopLimit, host.words, remoteWords)
    }
    this.commit(at, host.headerBytes + bytes, host, macHigh, macLow)
  }
}

function acknowledgmentOf({ acknowledgment }: Reply, s: tcp.Tcp, next: number): number {
  switch (acknowledgment) {
    case 'zero':
      return 0
    case 'next':
      return next
    case 'sequence':
      return s.sequence
    case 'sequence+1':
      return (s.sequence + 1) | 0
    case 'acknowledgment':
      return s.acknowledgment
  }
}
