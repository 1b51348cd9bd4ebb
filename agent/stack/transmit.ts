/** Builds frames in the link's own buffer: SYN-ACKs, resets and segments in the persona's manner. Nothing is allocated. */
import type { Traits } from '../../rotation/persona.ts'
import type { Link } from '../link/link.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as tcp from '../wire/tcp.ts'
import type { Connection } from './connection.ts'
import type { Host } from './host.ts'

/** Where an answer goes on the wire. Reusable. */
export type Peer = {
  macHigh: number
  macLow: number
  address: number
  port: number
  localPort: number
}

export class Transmit {
  readonly #link: Link
  readonly #frame: number
  /** Of a flow that is reset: it may be any, while another's packet is at hand. */
  readonly #peer: Peer = { macHigh: 0, macLow: 0, address: 0, port: 0, localPort: 0 }
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
  /** Largest TCP segment in bytes that the link carries. */
  get maxSegment(): number {
    return this.#link.mtu - ipv4.HEADER_BYTES - tcp.HEADER_BYTES
  }

  /** Put the Ethernet header before the packet at `at` and queue the frame. */
  commit(at: number, packetBytes: number, host: Host, macHigh: number, macLow: number): void {
    if (this.#frame !== 0)
      ethernet.emit(this.#link.out, at - this.#frame, macHigh, macLow, host.mac, ethernet.IPV4)
    this.#link.commit(this.#frame + packetBytes)
  }

  /** `ecn`, `scale`, `sack` and `timestamps` say what the visitor offered; the persona answers what it would. */
  synAck(
    host: Host,
    peer: Peer,
    isn: number,
    acknowledgment: number,
    ecn: boolean,
    scale: boolean,
    sack: boolean,
    timestamps: boolean,
    echo: number,
    now: number,
  ): void {
    const at = this.reserve()
    if (at < 0) return
    const out = this.#link.out
    const traits = host.persona.traits
    const withTs = timestamps && traits.timestampHz > 0
    const optionsAt = at + ipv4.HEADER_BYTES + tcp.HEADER_BYTES
    const optionsBytes = synAckOptions(
      out,
      optionsAt,
      traits,
      scale && traits.windowScale !== undefined,
      sack && traits.sack,
      withTs,
      withTs ? host.timestamp(peer.address, now) : 0,
      echo,
    )
    tcp.emit(
      out,
      at + ipv4.HEADER_BYTES,
      peer.localPort,
      peer.port,
      isn,
      acknowledgment,
      // RFC 3168 6.1.1: ECE alone says yes.
      tcp.SYN | tcp.ACK | (ecn && traits.ecn ? tcp.ECE : 0),
      withTs ? traits.windowWithTimestamps : traits.window,
      optionsBytes,
      0,
      host.address,
      peer.address,
    )
    const bytes = tcp.HEADER_BYTES + optionsBytes
    this.#ip(out, at, bytes, host.nextIpId(), traits, host.address, peer.address)
    this.commit(at, ipv4.HEADER_BYTES + bytes, host, peer.macHigh, peer.macLow)
  }

  /** A segment that belongs to no flow: a reset. */
  reset(host: Host, peer: Peer, sequence: number, acknowledgment: number, flags: number): void {
    const at = this.reserve()
    if (at < 0) return
    const out = this.#link.out
    const traits = host.persona.traits
    tcp.emit(
      out,
      at + ipv4.HEADER_BYTES,
      peer.localPort,
      peer.port,
      sequence,
      acknowledgment,
      flags,
      0,
      0,
      0,
      host.address,
      peer.address,
    )
    this.#ip(out, at, tcp.HEADER_BYTES, host.nextIpId(), traits, host.address, peer.address)
    this.commit(at, ipv4.HEADER_BYTES + tcp.HEADER_BYTES, host, peer.macHigh, peer.macLow)
  }

  /** A reset that ends a flow. */
  resetFlow(flow: Connection, sequence: number): void {
    const peer = this.#peer
    peer.address = flow.remoteAddress
    peer.port = flow.remotePort
    peer.localPort = flow.localPort
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
    const traits = host.persona.traits
    const tcpAt = at + ipv4.HEADER_BYTES
    let optionsBytes = 0
    if (flow.timestamps) {
      optionsBytes = 12
      out[tcpAt + 20] = 1
      out[tcpAt + 21] = 1
      tcp.emitOption(
        out,
        tcpAt + 22,
        tcp.OPTION_TIMESTAMPS,
        host.timestamp(flow.remoteAddress, now),
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
      host.address,
      flow.remoteAddress,
    )
    const bytes = tcp.HEADER_BYTES + optionsBytes + length
    this.#ip(out, at, bytes, flow.nextIpId(), traits, host.address, flow.remoteAddress)
    this.commit(at, ipv4.HEADER_BYTES + bytes, host, flow.macHigh, flow.macLow)
    return true
  }

  #ip(
    out: Uint8Array,
    at: number,
    bytes: number,
    id: number,
    traits: Traits,
    source: number,
    destination: number,
  ): void {
    ipv4.emit(out, at, bytes, 0, id, traits.df, traits.ttl, ipv4.TCP, source, destination)
  }
}

/**
 * Options of a SYN-ACK in the persona's order, only those offered, padded as the family pads
 * (linux: M,(S+T | N N T | N N S),[N W]; windows: M,[N W],(the same)). Returns their length in bytes.
 */
export function synAckOptions(
  out: Uint8Array,
  offset: number,
  traits: Traits,
  scale: boolean,
  sack: boolean,
  timestamps: boolean,
  value: number,
  echo: number,
): number {
  let at = tcp.emitOption(out, offset, tcp.OPTION_MSS, traits.mss)
  if (traits.layout === 'windows' && scale) at = scaleOption(out, at, traits)
  if (sack && timestamps) at = tcp.emitOption(out, at, tcp.OPTION_SACK_PERMITTED)
  else if (sack || timestamps) {
    at = tcp.emitOption(out, at, tcp.OPTION_NOP)
    at = tcp.emitOption(out, at, tcp.OPTION_NOP)
    if (sack) at = tcp.emitOption(out, at, tcp.OPTION_SACK_PERMITTED)
  }
  if (timestamps) at = tcp.emitOption(out, at, tcp.OPTION_TIMESTAMPS, value, echo)
  if (traits.layout === 'linux' && scale) at = scaleOption(out, at, traits)
  return at - offset
}

function scaleOption(out: Uint8Array, offset: number, traits: Traits): number {
  const at = tcp.emitOption(out, offset, tcp.OPTION_NOP)
  return tcp.emitOption(out, at, tcp.OPTION_SCALE, traits.windowScale)
}
