/** ICMPv6 (RFC 4443): echo, and what cannot be reached or understood. */
import { pseudoHeader6 } from '../wire/checksum.ts'
import { FRAGMENT, FRAGMENT_BYTES, ICMP6 } from '../wire/extensions6.ts'
import * as wire from '../wire/icmp6.ts'
import { put32 } from '../wire/integers.ts'
import * as ipv6 from '../wire/ipv6.ts'
import type { Host } from './host.ts'
import type { Ration } from './ration.ts'
import type { Peer, Transmit } from './transmit.ts'

export class Icmp6 {
  readonly #transmit: Transmit
  readonly #ration: Ration

  constructor(transmit: Transmit, ration: Ration) {
    this.#transmit = transmit
    this.#ration = ration
  }

  /** `length` bytes of an echo request at `offset`: sent back as they are. */
  echo(host: Host, peer: Peer, bytes: Uint8Array, offset: number, length: number): void {
    if (ipv6.HEADER_BYTES + length > this.#transmit.mtu) {
      this.#pieces(host, peer, bytes, offset, length)
      return
    }
    const at = this.#transmit.reserve()
    if (at < 0) return
    const out = this.#transmit.out
    const to = at + ipv6.HEADER_BYTES
    for (let i = 4; i < length; i++) out[to + i] = bytes[offset + i] as number
    this.#send(at, wire.ECHO_REPLY, 0, length, host, peer)
  }

  /** A long echo came in pieces, and goes in pieces. `bytes` is a datagram put together, which is nobody else's. */
  #pieces(host: Host, peer: Peer, bytes: Uint8Array, offset: number, length: number): void {
    const { words } = host
    if (words === undefined) return
    const { hopLimit } = host.persona.traits
    const header = ipv6.HEADER_BYTES + FRAGMENT_BYTES
    const most = (this.#transmit.mtu - header) & ~7
    const id = host.draw()
    const pseudo = pseudoHeader6(words, peer.words, ICMP6, length)
    wire.seal(bytes, offset, wire.ECHO_REPLY, 0, length, pseudo)
    for (let from = 0; from < length; from += most) {
      const at = this.#transmit.reserve()
      if (at < 0) return
      const { out } = this.#transmit
      const count = Math.min(most, length - from)
      for (let i = 0; i < count; i++) out[at + header + i] = bytes[offset + from + i] as number
      const more = from + count < length ? 1 : 0
      ipv6.emitFragment(out, at + ipv6.HEADER_BYTES, ICMP6, from | more, id)
      ipv6.emit(out, at, FRAGMENT_BYTES + count, 0, 0, FRAGMENT, hopLimit, words, peer.words)
      this.#transmit.commit(at, header + count, host, peer.macHigh, peer.macLow)
    }
  }

  /**
   * An error message about the packet of `total` bytes at `start`, as much of it as fits. `word`: what
   * stands before the quotation, a parameter problem's pointer. `hash` is keyed over the destination.
   */
  error(
    host: Host,
    peer: Peer,
    type: number,
    code: number,
    word: number,
    bytes: Uint8Array,
    start: number,
    total: number,
    hash: number,
    now: number,
  ): void {
    const { perSecond, burst } = host.persona.traits.icmp.unreachable
    if (!this.#ration.spend(hash, peer.address, perSecond, burst, now)) return
    const at = this.#transmit.reserve()
    if (at < 0) return
    const out = this.#transmit.out
    const to = at + ipv6.HEADER_BYTES
    const room = wire.MAX_ERROR_PACKET_BYTES - ipv6.HEADER_BYTES - wire.HEADER_BYTES
    const quoted = Math.min(total, room)
    put32(out, to + 4, word)
    for (let i = 0; i < quoted; i++) out[to + wire.HEADER_BYTES + i] = bytes[start + i] as number
    this.#send(at, type, code, wire.HEADER_BYTES + quoted, host, peer)
  }

  #send(at: number, type: number, code: number, length: number, host: Host, peer: Peer): void {
    const { words } = host
    if (words === undefined) return
    const { out } = this.#transmit
    const pseudo = pseudoHeader6(words, peer.words, ICMP6, length)
    wire.seal(out, at + ipv6.HEADER_BYTES, type, code, length, pseudo)
    ipv6.emit(out, at, length, 0, 0, ICMP6, host.persona.traits.hopLimit, words, peer.words)
    this.#transmit.commit(at, ipv6.HEADER_BYTES + length, host, peer.macHigh, peer.macLow)
  }
}
