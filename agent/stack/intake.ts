/** From a frame to the TCP segment in it. What the packet at hand is stands here until the next one; nothing is allocated for it. */
import type { Link } from '../link/link.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as wire from '../wire/tcp.ts'
import * as udp from '../wire/udp.ts'
import type { Host } from './host.ts'
import type { Hosts } from './hosts.ts'
import { Intake4 } from './intake4.ts'
import { Intake6 } from './intake6.ts'
import { KeyedHash } from './keyed-hash.ts'
import type { Names } from './names6.ts'
import { Ration } from './ration.ts'
import type { StackStats } from './stats.ts'
import { blankPeer, type Peer, type Transmit } from './transmit.ts'

/** A datagram with `length` bytes of payload at `offset`, from `intake.peer`. True: the port is closed, and a word about it is due. */
export type TakeDatagram = (
  host: Host,
  bytes: Uint8Array,
  offset: number,
  length: number,
  now: number,
) => boolean

export type IntakeOptions = {
  readonly link: Link
  readonly hosts: Hosts
  readonly names: Names
  readonly transmit: Transmit
  readonly stats: StackStats
  /** The kernel does not have the addresses: ARP, NDP and ICMP errors are ours. */
  readonly ownAddress: boolean
  /** A capture may be of a machine that talks to itself. */
  readonly trusting: boolean
  /** 8 random bytes. */
  readonly key: Uint8Array
  readonly datagram: TakeDatagram
}

/** What both versions of IP work with. */
export type Floor = Omit<IntakeOptions, 'key'> & {
  readonly hash: KeyedHash
  readonly ration: Ration
}

export class Intake {
  /** Facts of a packet of either version. */
  readonly ip = ipv4.blankIpv4()
  readonly segment = wire.blankTcp()
  /** Who sent it. */
  readonly peer: Peer = blankPeer()
  /** What `segment.payload` points into. */
  bytes: Uint8Array = new Uint8Array(0)
  /** The frame's destination; -1: the link has no hardware addresses to compare (loopback, a capture, a cable). */
  toHigh = -1
  toLow = -1
  readonly six: Intake6
  readonly #link: Link
  readonly #stats: StackStats
  readonly #take: TakeDatagram
  readonly #checksMac: boolean
  readonly #four: Intake4
  readonly #ethernet = ethernet.blankEthernet()
  readonly #udp = udp.blankUdp()

  constructor(options: IntakeOptions) {
    const { link, stats, datagram, key } = options
    this.#link = link
    this.#stats = stats
    this.#take = datagram
    this.#checksMac = link.ethernet && link.mac.some((byte) => byte !== 0)
    const floor = { ...options, hash: new KeyedHash(key), ration: new Ration() }
    this.#four = new Intake4(this, floor)
    this.six = new Intake6(this, floor)
  }

  /** The host that a TCP segment is for; undefined: the frame was something else, and is dealt with. */
  take(
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    this.#stats.frames++
    const peer = this.peer
    if (!this.#link.ethernet) {
      peer.macHigh = 0
      peer.macLow = 0
      return length > 0 && (bytes[offset] as number) >>> 4 === 6
        ? this.six.take(bytes, offset, length, checksums, now)
        : this.#four.take(bytes, offset, length, checksums, now)
    }
    const frame = this.#ethernet
    if (!ethernet.parse(bytes, offset, length, frame)) {
      this.#stats.malformed++
      return undefined
    }
    peer.macHigh = high(bytes, frame.source)
    peer.macLow = low(bytes, frame.source)
    if (this.#checksMac) {
      this.toHigh = high(bytes, frame.destination)
      this.toLow = low(bytes, frame.destination)
    }
    const { type, payload } = frame
    const rest = length - (payload - offset)
    if (type === ethernet.IPV4) return this.#four.take(bytes, payload, rest, checksums, now)
    if (type === ethernet.IPV6) return this.six.take(bytes, payload, rest, checksums, now)
    if (type === ethernet.ARP) this.#four.answerArp(bytes, payload, rest, now)
    else this.#stats.otherProtocol++
    return undefined
  }

  // What the versions of IP have carried to its end; `peer` is filled but for the ports.

  tcp(
    host: Host,
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
  ): Host | undefined {
    if (checksums && !wire.verify(bytes, offset, length, this.peer.pseudo)) {
      this.#stats.badChecksum++
      return undefined
    }
    if (!wire.parse(bytes, offset, length, this.segment)) {
      this.#stats.malformed++
      return undefined
    }
    this.bytes = bytes
    this.peer.port = this.segment.sourcePort
    this.peer.localPort = this.segment.destinationPort
    return host
  }

  /** `optional`: a datagram may come without a checksum. True: port unreachable is due. */
  datagram(
    host: Host,
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    optional: boolean,
    now: number,
  ): boolean {
    const { peer } = this
    const datagram = this.#udp
    if (!udp.parse(bytes, offset, length, datagram)) {
      this.#stats.malformed++
      return false
    }
    if (checksums && !udp.verify(bytes, offset, datagram.totalBytes, peer.pseudo, optional)) {
      this.#stats.badChecksum++
      return false
    }
    peer.port = datagram.sourcePort
    peer.localPort = datagram.destinationPort
    return this.#take(host, bytes, datagram.payload, datagram.payloadBytes, now)
  }
}

/** The high 16 bits of the hardware address at `at`, and the low 32. */
const high = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
const low = (bytes: Uint8Array, at: number): number =>
  ((bytes[at + 2] as number) << 24) |
  ((bytes[at + 3] as number) << 16) |
  ((bytes[at + 4] as number) << 8) |
  (bytes[at + 5] as number)
