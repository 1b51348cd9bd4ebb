/** From an IPv6 packet to the TCP segment in it: extension headers, fragments, neighbour discovery, ICMPv6. Nothing here allocates for a packet that is whole. */
import { pseudoHeader6At } from '../wire/checksum.ts'
import * as extensions from '../wire/extensions6.ts'
import { blankIcmp } from '../wire/icmp.ts'
import * as icmp6 from '../wire/icmp6.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as ndp from '../wire/ndp.ts'
import { Fragments6 } from './fragments6.ts'
import type { Host } from './host.ts'
import { Icmp6 } from './icmp6.ts'
import type { Floor, Intake } from './intake.ts'
import { Discovery } from './ndp.ts'

export class Intake6 {
  readonly discovery: Discovery
  readonly #intake: Intake
  readonly #floor: Floor
  readonly #icmp: Icmp6
  readonly #fragments = new Fragments6()
  readonly #ip = ipv6.blankIpv6()
  readonly #message = blankIcmp()
  readonly #ndp = ndp.blankNdp()

  constructor(intake: Intake, floor: Floor) {
    this.#intake = intake
    this.#floor = floor
    this.#icmp = new Icmp6(floor.transmit, floor.ration)
    this.discovery = new Discovery(floor.link)
  }

  /** As Intake.take, for a packet. */
  take(
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    const ip = this.#ip
    if (!ipv6.parse(bytes, offset, length, ip)) {
      this.#floor.stats.malformed++
      return undefined
    }
    if (ipv6.isMulticast(bytes, ip.destination)) {
      this.#group(bytes, now)
      return undefined
    }
    const { peer, toHigh, toLow } = this.#intake
    const destination = this.#floor.names.name(bytes, ip.destination)
    const host = this.#floor.hosts.at(destination, now)
    if (host?.words === undefined || !ipv6.isAddress(bytes, ip.destination, host.words)) {
      this.#floor.stats.notOurs++
      return undefined
    }
    if (toHigh >= 0 && !host.hears(toHigh, toLow)) {
      this.#floor.stats.otherMac++
      return undefined
    }
    const itself = ipv6.isAddress(bytes, ip.source, host.words)
    if (ipv6.isMartian(bytes, ip.source) || itself) {
      this.#floor.stats.martian++
      return undefined
    }
    peer.address = this.#floor.names.name(bytes, ip.source)
    ipv6.getAddress(bytes, ip.source, peer.words)
    // Before pieces are put together: offsets are of this packet.
    const addresses = pseudoHeader6At(bytes, ip.source, 0, 0)
    const verdict = extensions.walk(bytes, ip)
    if (verdict === extensions.PASSED)
      return this.#upper(host, bytes, addresses, checksums, true, now)
    if (verdict === extensions.PIECE) return this.#piece(host, bytes, addresses, checksums, now)
    this.#floor.stats.malformed++
    if (verdict === extensions.FAULTY) this.#problem(host, ip.problem, ip.pointer, bytes, now)
    return undefined
  }

  #piece(
    host: Host,
    bytes: Uint8Array,
    addresses: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    const ip = this.#ip
    this.#floor.stats.fragments++
    const dropped = this.#fragments.dropped
    const whole = this.#fragments.add(ip, this.#intake.peer.address, host.address, bytes, now)
    this.#floor.stats.fragmentsDropped += this.#fragments.dropped - dropped
    if (whole === undefined) return undefined
    this.#floor.stats.reassembled++
    ip.totalBytes = ipv6.HEADER_BYTES + whole.length
    if (extensions.walkWhole(whole, this.#fragments.protocol, ip) === extensions.PASSED)
      return this.#upper(host, whole, addresses, checksums, false, now)
    this.#floor.stats.malformed++
    return undefined
  }

  /** `quotable`: the packet came whole, and an error message has something to quote. */
  #upper(
    host: Host,
    bytes: Uint8Array,
    addresses: number,
    checksums: boolean,
    quotable: boolean,
    now: number,
  ): Host | undefined {
    const ip = this.#ip
    const { peer } = this.#intake
    peer.pseudo = addresses + ip.protocol
    if (ip.protocol === extensions.TCP) {
      this.#describe(host)
      return this.#intake.tcp(host, bytes, ip.payload, ip.payloadBytes, checksums)
    }
    if (ip.protocol === extensions.UDP) {
      const refused = this.#intake.datagram(
        host,
        bytes,
        ip.payload,
        ip.payloadBytes,
        checksums,
        false,
        now,
      )
      if (refused && quotable)
        this.#error(host, icmp6.UNREACHABLE, icmp6.PORT_UNREACHABLE, 0, bytes, now)
    } else if (ip.protocol === extensions.ICMP6) this.#control(host, bytes, addresses)
    else {
      this.#floor.stats.otherProtocol++
      const named = ip.namedAt
      const told = host.persona.door('udp', 0) === 'closed'
      if (told && quotable && ip.protocol !== extensions.NO_NEXT_HEADER)
        this.#problem(host, extensions.UNKNOWN_NEXT_HEADER, named, bytes, now)
    }
    return undefined
  }

  #control(host: Host, bytes: Uint8Array, addresses: number): void {
    const ip = this.#ip
    const seed = addresses + extensions.ICMP6 + ip.payloadBytes
    if (!icmp6.parse(bytes, ip.payload, ip.payloadBytes, seed, this.#message)) {
      this.#floor.stats.badChecksum++
      return
    }
    this.#floor.stats.icmp++
    const { type } = this.#message
    if (type === icmp6.ECHO_REQUEST)
      this.#icmp.echo(host, this.#intake.peer, bytes, ip.payload, ip.payloadBytes)
    else if (type === icmp6.NEIGHBOUR_SOLICITATION) this.#solicited(bytes, host)
  }

  /** What goes to many: neighbours look for an address, or ask who listens. */
  #group(bytes: Uint8Array, now: number): void {
    const { toHigh, toLow } = this.#intake
    const ip = this.#ip
    const addresses = pseudoHeader6At(bytes, ip.source, 0, 0)
    if (extensions.walk(bytes, ip) !== extensions.PASSED || ip.protocol !== extensions.ICMP6) {
      this.#floor.stats.otherMac++
      return
    }
    const seed = addresses + extensions.ICMP6 + ip.payloadBytes
    if (!icmp6.parse(bytes, ip.payload, ip.payloadBytes, seed, this.#message)) {
      this.#floor.stats.badChecksum++
      return
    }
    this.#floor.stats.icmp++
    if (this.#message.type === icmp6.LISTENER_QUERY && this.#floor.ownAddress)
      this.#floor.hosts.each((host) => void this.discovery.report(host, bytes, ip))
    if (this.#message.type !== icmp6.NEIGHBOUR_SOLICITATION) return
    if (!ndp.parse(bytes, ip.payload, ip.payloadBytes, this.#ndp)) return
    const host = this.#floor.hosts.at(this.#floor.names.name(bytes, this.#ndp.target), now)
    if (host === undefined) return
    if (toHigh < 0 || this.discovery.isGroupMac(host, toHigh, toLow)) this.#solicited(bytes, host)
  }

  #solicited(bytes: Uint8Array, host: Host): void {
    const ip = this.#ip
    // In shared mode the kernel has the address and answers for it.
    if (!this.#floor.ownAddress || !ndp.parse(bytes, ip.payload, ip.payloadBytes, this.#ndp)) return
    const { macHigh, macLow } = this.#intake.peer
    this.discovery.answer(host, false, bytes, ip, this.#ndp, macHigh, macLow)
  }

  #problem(host: Host, code: number, pointer: number, bytes: Uint8Array, now: number): void {
    this.#error(host, icmp6.PARAMETER_PROBLEM, code, pointer, bytes, now)
  }

  #error(
    host: Host,
    type: number,
    code: number,
    word: number,
    bytes: Uint8Array,
    now: number,
  ): void {
    if (!this.#floor.ownAddress) return
    const { peer } = this.#intake
    const { packet, totalBytes } = this.#ip
    const hash = this.#floor.hash.of(peer.address, 0, 0, 0)
    this.#icmp.error(host, peer, type, code, word, bytes, packet, totalBytes, hash, now)
  }

  /** The facts of a SYN that the two versions have in common; what IPv4 alone has is as if absent. */
  #describe(host: Host): void {
    const six = this.#ip
    const ip = this.#intake.ip
    ip.version = 6
    ip.source = this.#intake.peer.address
    ip.destination = host.address
    ip.ttl = six.hopLimit
    ip.id = 0
    ip.dontFragment = false
    ip.tos = six.trafficClass
    ip.headerBytes = ipv4.HEADER_BYTES
    ip.totalBytes = six.totalBytes
  }
}
