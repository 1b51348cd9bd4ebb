/** ARP and IPv4: fragments, ICMP, and what belongs to nobody. */
import * as arpWire from '../wire/arp.ts'
import { pseudoHeader } from '../wire/checksum.ts'
import * as icmpWire from '../wire/icmp.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as arp from './arp.ts'
import { Fragments } from './fragments.ts'
import type { Host } from './host.ts'
import { Icmp, PORT_UNREACHABLE, PROTOCOL_UNREACHABLE } from './icmp.ts'
import type { Floor, Intake } from './intake.ts'

const BROADCAST_HIGH = 0xffff
const BROADCAST_LOW = -1

export class Intake4 {
  readonly #intake: Intake
  readonly #floor: Floor
  readonly #icmp: Icmp
  readonly #fragments = new Fragments()
  readonly #arp = arpWire.blankArp()
  readonly #message = icmpWire.blankIcmp()

  constructor(intake: Intake, floor: Floor) {
    this.#intake = intake
    this.#floor = floor
    this.#icmp = new Icmp(floor.transmit, floor.ration)
  }

  answerArp(bytes: Uint8Array, offset: number, length: number, now: number): void {
    const { link, hosts, stats, ownAddress } = this.#floor
    const request = this.#arp
    if (!arpWire.parse(bytes, offset, length, request)) {
      stats.malformed++
      return
    }
    const { toHigh, toLow } = this.#intake
    const host = hosts.at(request.targetIp, now)
    const asks = request.operation === arpWire.REQUEST
    const toAll = toHigh === BROADCAST_HIGH && toLow === BROADCAST_LOW
    // Who answers a request sent to a neighbour's or to no machine's address shows that it hears everything.
    if (toHigh >= 0 && !(asks && toAll) && !host?.hears(toHigh, toLow)) {
      stats.otherMac++
      return
    }
    stats.arp++
    // In shared mode the kernel has the address and answers for it.
    if (!asks || !ownAddress) return
    if (host !== undefined && request.senderIp !== request.targetIp) arp.reply(link, host, request)
  }

  /** As Intake.take, for a packet. */
  take(
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    const { hosts, stats, trusting } = this.#floor
    const { ip, toHigh, toLow, peer } = this.#intake
    if (!ipv4.parse(bytes, offset, length, ip)) {
      stats.malformed++
      return undefined
    }
    const host = hosts.at(ip.destination, now)
    if (host === undefined) {
      stats.notOurs++
      return undefined
    }
    // RFC 1122 3.3.6: also not what the link's broadcast carries to one address.
    if (toHigh >= 0 && !host.hears(toHigh, toLow)) {
      stats.otherMac++
      return undefined
    }
    const first = ip.source >>> 24
    const itself = ip.source === ip.destination || first === 127
    if ((itself && !trusting) || first === 0 || first >= 224) {
      stats.martian++
      return undefined
    }
    peer.address = ip.source
    if (!ip.moreFragments && ip.fragmentOffset === 0)
      return this.#upper(host, bytes, ip.payload, ip.payloadBytes, checksums, now)
    stats.fragments++
    const dropped = this.#fragments.dropped
    const whole = this.#fragments.add(ip, bytes, now)
    stats.fragmentsDropped += this.#fragments.dropped - dropped
    if (whole === undefined) return undefined
    stats.reassembled++
    ip.totalBytes = ip.headerBytes + whole.length
    return this.#upper(host, whole, 0, whole.length, checksums, now)
  }

  #upper(
    host: Host,
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): Host | undefined {
    const intake = this.#intake
    const { ip, peer } = intake
    peer.pseudo = pseudoHeader(ip.source, ip.destination, ip.protocol, 0)
    if (ip.protocol === ipv4.TCP) return intake.tcp(host, bytes, offset, length, checksums)
    if (ip.protocol === ipv4.ICMP) this.#query(host, bytes, offset, length)
    else if (ip.protocol === ipv4.UDP) {
      if (intake.datagram(host, bytes, offset, length, checksums, true, now))
        this.#unreachable(host, PORT_UNREACHABLE, bytes, offset, now)
    } else {
      this.#floor.stats.otherProtocol++
      // Behind a firewall (port 0 is nobody's) nothing is said of what is not let in.
      if (host.persona.door('udp', 0) === 'closed')
        this.#unreachable(host, PROTOCOL_UNREACHABLE, bytes, offset, now)
    }
    return undefined
  }

  #query(host: Host, bytes: Uint8Array, offset: number, length: number): void {
    const { ip, peer } = this.#intake
    const message = this.#message
    if (!icmpWire.parse(bytes, offset, length, message)) {
      this.#floor.stats.badChecksum++
      return
    }
    this.#floor.stats.icmp++
    this.#icmp.query(host, peer, ip, message, bytes, offset, length)
  }

  /** An error message, where the packet at hand came whole: of fragments nothing is there to quote. */
  #unreachable(host: Host, code: number, bytes: Uint8Array, offset: number, now: number): void {
    const { ip, peer } = this.#intake
    // In shared mode it is the kernel's business: it may have opened the port.
    if (offset !== ip.payload || !this.#floor.ownAddress) return
    const hash = this.#floor.hash.of(peer.address, 0, 0, 0)
    this.#icmp.unreachable(host, peer, code, ip, bytes, offset - ip.headerBytes, hash, now)
  }
}
