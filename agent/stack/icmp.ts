/** ICMP as the persona's system answers it: echo, timestamp, address mask, and what cannot be reached. */
import * as wire from '../wire/icmp.ts'
import { put32 } from '../wire/integers.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Host } from './host.ts'
import type { Ration } from './ration.ts'
import type { Peer, Transmit } from './transmit.ts'

/** RFC 1812 4.3.2.3: an error message is no longer than this. */
const MAX_ERROR_BYTES = 576
const QUOTED_BYTES = 8
const DAY_MS = 86_400_000
/** RFC 950: a mask reply tells it; what a /24 has. */
const MASK = 0xffffff00

export const PORT_UNREACHABLE = 3
export const PROTOCOL_UNREACHABLE = 2

export class Icmp {
  readonly #transmit: Transmit
  readonly #ration: Ration

  constructor(transmit: Transmit, ration: Ration) {
    this.#transmit = transmit
    this.#ration = ration
  }

  /**
   * A query for `host`: `bytes` holds the message (checksum verified) at `offset`. Never more bytes out
   * than in. True when an answer went out.
   */
  query(
    host: Host,
    peer: Peer,
    ip: ipv4.Ipv4,
    message: wire.Icmp,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const { icmp } = host.persona.traits
    if (message.type === wire.ECHO_REQUEST) {
      const df = icmp.echoDf === 'always' || (icmp.echoDf === 'same' && ip.dontFragment)
      const code = icmp.echoCode === 'zero' ? 0 : message.code
      return this.#answer(host, peer, ip.tos, df, wire.ECHO_REPLY, code, bytes, offset, length)
    }
    if (message.type === wire.TIMESTAMP_REQUEST && icmp.timestamp && length >= 20)
      return this.#answer(host, peer, ip.tos, false, wire.TIMESTAMP_REPLY, 0, bytes, offset, 20)
    if (message.type === wire.MASK_REQUEST && icmp.mask && length >= 12)
      return this.#answer(host, peer, ip.tos, false, wire.MASK_REPLY, 0, bytes, offset, 12)
    return false
  }

  #answer(
    host: Host,
    peer: Peer,
    tos: number,
    df: boolean,
    type: number,
    code: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    // It came in pieces, and goes in pieces.
    if (ipv4.HEADER_BYTES + length > this.#transmit.mtu)
      return this.#pieces(host, peer, tos, type, code, bytes, offset, length)
    const at = this.#transmit.reserve()
    if (at < 0) return false
    const out = this.#transmit.out
    const to = at + ipv4.HEADER_BYTES
    for (let i = 0; i < length; i++) out[to + i] = bytes[offset + i] as number
    if (type === wire.TIMESTAMP_REPLY) {
      // RFC 792: milliseconds since midnight UT, received and sent.
      const today = Math.floor(host.persona.identity.now() % DAY_MS)
      put32(out, to + 12, today)
      put32(out, to + 16, today)
    } else if (type === wire.MASK_REPLY) put32(out, to + 8, MASK)
    wire.seal(out, to, type, code, length)
    this.#send(at, length, tos, df, host, peer)
    return true
  }

  /** `bytes` is a datagram put together from pieces, which is nobody else's. */
  #pieces(
    host: Host,
    peer: Peer,
    tos: number,
    type: number,
    code: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const { ttl, ipid } = host.persona.traits
    const most = (this.#transmit.mtu - ipv4.HEADER_BYTES) & ~7
    const id = host.ipId(ipid.icmp, peer.address)
    wire.seal(bytes, offset, type, code, length)
    for (let from = 0; from < length; from += most) {
      const at = this.#transmit.reserve()
      if (at < 0) return false
      const { out } = this.#transmit
      const count = Math.min(most, length - from)
      const word = (from + count < length ? ipv4.MORE_FRAGMENTS : 0) | (from >>> 3)
      for (let i = 0; i < count; i++)
        out[at + ipv4.HEADER_BYTES + i] = bytes[offset + from + i] as number
      const { address } = host
      ipv4.emitPiece(out, at, count, tos, id, word, ttl, ipv4.ICMP, address, peer.address)
      this.#transmit.commit(at, ipv4.HEADER_BYTES + count, host, peer.macHigh, peer.macLow)
    }
    return true
  }

  /**
   * Destination unreachable for the IPv4 packet of `total` bytes at `start`, within the persona's
   * rate. `hash` is keyed over the destination. True when it went out.
   */
  unreachable(
    host: Host,
    peer: Peer,
    code: number,
    ip: ipv4.Ipv4,
    bytes: Uint8Array,
    start: number,
    hash: number,
    now: number,
  ): boolean {
    const { unreachable } = host.persona.traits.icmp
    if (code === PROTOCOL_UNREACHABLE && !unreachable.protocol) return false
    const { perSecond, burst } = unreachable
    if (!this.#ration.spend(hash, peer.address, perSecond, burst, now)) return false
    const room = MAX_ERROR_BYTES - ipv4.HEADER_BYTES - wire.HEADER_BYTES
    const wanted = unreachable.quote === 'full' ? ip.totalBytes : ip.headerBytes + QUOTED_BYTES
    const quoted = Math.min(wanted, ip.totalBytes, room)
    const at = this.#transmit.reserve()
    if (at < 0) return false
    const out = this.#transmit.out
    const to = at + ipv4.HEADER_BYTES
    put32(out, to + 4, unreachable.unused)
    for (let i = 0; i < quoted; i++) out[to + wire.HEADER_BYTES + i] = bytes[start + i] as number
    const length = wire.HEADER_BYTES + quoted
    wire.seal(out, to, wire.UNREACHABLE, code, length)
    this.#send(at, length, unreachable.tos, unreachable.df, host, peer)
    return true
  }

  #send(at: number, length: number, tos: number, df: boolean, host: Host, peer: Peer): void {
    const { ttl, ipid } = host.persona.traits
    const id = host.ipId(ipid.icmp, peer.address)
    const { out } = this.#transmit
    ipv4.emit(out, at, length, tos, id, df, ttl, ipv4.ICMP, host.address, peer.address)
    this.#transmit.commit(at, ipv4.HEADER_BYTES + length, host, peer.macHigh, peer.macLow)
  }
}
