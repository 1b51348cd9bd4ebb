/** From a frame to the TCP segment in it: Ethernet, ARP, IPv4, fragments, ICMP. Nothing here allocates for a packet that is whole. */
import type { Link } from '../link/link.ts'
import * as arpWire from '../wire/arp.ts'
import { pseudoHeader } from '../wire/checksum.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as icmpWire from '../wire/icmp.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as wire from '../wire/tcp.ts'
import * as arp from './arp.ts'
import { Fragments } from './fragments.ts'
import type { Host } from './host.ts'
import type { Hosts } from './hosts.ts'
import { Icmp, PORT_UNREACHABLE, PROTOCOL_UNREACHABLE } from './icmp.ts'
import { KeyedHash } from './keyed-hash.ts'
import type { StackStats } from './stats.ts'
import { blankPeer, type Peer, type Transmit } from './transmit.ts'

const BROADCAST_HIGH = 0xffff
const BROADCAST_LOW = -1

export class Intake {
  // What the packet at hand is; good until the next one.
  readonly ip = ipv4.blankIpv4()
  readonly segment = wire.blankTcp()
  /** Who sent it. */
  readonly peer: Peer = blankPeer()
  /** What `segment.payload` points into. */
  bytes: Uint8Array = new Uint8Array(0)
  readonly #link: Link
  readonly #hosts: Hosts
  readonly #icmp: Icmp
  readonly #hash: KeyedHash
  readonly #stats: StackStats
  readonly #ownAddress: boolean
  /** Loopback, a capture and a cable have no hardware addresses to compare. */
  readonly #checksMac: boolean
  readonly #fragments = new Fragments()
  readonly #ethernet = ethernet.blankEthernet()
  readonly #arp = arpWire.blankArp()
  readonly #message = icmpWire.blankIcmp()
  /** A capture may be of a machine that talks to itself. */
  readonly #trusting: boolean
  #toHigh = 0
  #toLow = 0

  /** `key`: 8 random bytes. */
  constructor(
    link: Link,
    hosts: Hosts,
    transmit: Transmit,
    stats: StackStats,
    ownAddress: boolean,
    trusting: boolean,
    key: Uint8Array,
  ) {
    this.#link = link
    this.#hosts = hosts
    this.#icmp = new Icmp(transmit)
    this.#hash = new KeyedHash(key)
    this.#stats = stats
    this.#ownAddress = ownAddress
    this.#trusting = trusting
    this.#checksMac = link.ethernet && link.mac.some((byte) => byte !== 0)
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
      return this.#ipv4(bytes, offset, length, checksums, now)
    }
    const frame = this.#ethernet
    if (!ethernet.parse(bytes, offset, length, frame)) {
      this.#stats.malformed++
      return undefined
    }
    peer.macHigh = high(bytes, frame.source)
    peer.macLow = low(bytes, frame.source)
    this.#toHigh = high(bytes, frame.destination)
    this.#toLow = low(bytes, frame.destination)
    const rest = length - (frame.payload - offset)
    if (frame.type === ethernet.IPV4) return this.#ipv4(bytes, frame.payload, rest, checksums, now)
    if (frame.type === ethernet.ARP) this.#answerArp(bytes, frame.payload, rest, now)
    else this.#stats.otherProtocol++
    return undefined
  }

  #answerArp(bytes: Uint8Array, offset: number, length: number, now: number): void {
    const request = this.#arp
    if (!arpWire.parse(bytes, offset, length, request)) {
      this.#stats.malformed++
      return
    }
    const host = this.#hosts.at(request.targetIp, now)
    const asks = request.operation === arpWire.REQUEST
    const toAll = this.#toHigh === BROADCAST_HIGH && this.#toLow === BROADCAST_LOW
    // Who answers a request sent to a neighbour's or to no machine's address shows that it hears everything.
    if (this.#checksMac && !(asks && toAll) && !host?.hears(this.#toHigh, this.#toLow)) {
      this.#stats.otherMac++
      return
    }
    this.#stats.arp++
    // In shared mode the kernel has the address and answers for it.
    if (!asks || !this.#ownAddress) return
    if (host !== undefined && request.senderIp !== request.targetIp)
      arp.reply(this.#link, host, request)
  }

  #ipv4(
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    const ip = this.ip
    if (!ipv4.parse(bytes, offset, length, ip)) {
      this.#stats.malformed++
      return undefined
    }
    const host = this.#hosts.at(ip.destination, now)
    if (host === undefined) {
      this.#stats.notOurs++
      return undefined
    }
    // RFC 1122 3.3.6: also not what the link's broadcast carries to one address.
    if (this.#checksMac && !host.hears(this.#toHigh, this.#toLow)) {
      this.#stats.otherMac++
      return undefined
    }
    const first = ip.source >>> 24
    const itself = ip.source === ip.destination || first === 127
    if ((itself && !this.#trusting) || first === 0 || first >= 224) {
      this.#stats.martian++
      return undefined
    }
    this.peer.address = ip.source
    if (!ip.moreFragments && ip.fragmentOffset === 0)
      return this.#transport(host, bytes, ip.payload, ip.payloadBytes, checksums, now)
    this.#stats.fragments++
    const whole = this.#fragments.add(ip, bytes, now)
    this.#stats.fragmentsDropped = this.#fragments.dropped
    if (whole === undefined) return undefined
    this.#stats.reassembled++
    ip.totalBytes = ip.headerBytes + whole.length
    return this.#transport(host, whole, 0, whole.length, checksums, now)
  }

  #transport(
    host: Host,
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    const { ip, peer } = this
    if (ip.protocol === ipv4.TCP) {
      peer.pseudo = pseudoHeader(ip.source, ip.destination, ipv4.TCP, 0)
      return this.#tcp(host, bytes, offset, length, checksums)
    }
    if (ip.protocol === ipv4.ICMP) this.#query(host, bytes, offset, length)
    else if (ip.protocol === ipv4.UDP) this.#datagram(host, bytes, offset, length, checksums, now)
    else {
      this.#stats.otherProtocol++
      this.#unreachable(host, PROTOCOL_UNREACHABLE, bytes, offset, now)
    }
    return undefined
  }

  #tcp(
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

  #datagram(
    host: Host,
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): void {
    this.#stats.otherProtocol++
    if (!checksums || length < 8) return
    const port = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)
    if (host.persona.door('udp', port) === 'closed')
      this.#unreachable(host, PORT_UNREACHABLE, bytes, offset, now)
  }

  #query(host: Host, bytes: Uint8Array, offset: number, length: number): void {
    const message = this.#message
    if (!icmpWire.parse(bytes, offset, length, message)) {
      this.#stats.badChecksum++
      return
    }
    this.#stats.icmp++
    this.#icmp.query(host, this.peer, this.ip, message, bytes, offset, length)
  }

  /** An error message, where the packet at hand came whole: of fragments nothing is there to quote. */
  #unreachable(host: Host, code: number, bytes: Uint8Array, offset: number, now: number): void {
    const { ip, peer } = this
    // In shared mode it is the kernel's business: it may have opened the port.
    if (offset !== ip.payload || !this.#ownAddress) return
    const slot = this.#hash.of(peer.address, 0, 0, 0)
    this.#icmp.unreachable(host, peer, code, ip, bytes, offset - ip.headerBytes, slot, now)
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
