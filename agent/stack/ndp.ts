/** Neighbour discovery as the host does it (RFC 4861, 4862): its address claimed, announced, told to who asks. */
import type { Link } from '../link/link.ts'
import { pseudoHeader6 } from '../wire/checksum.ts'
import * as ethernet from '../wire/ethernet.ts'
import { ICMP6 } from '../wire/extensions6.ts'
import * as icmp6 from '../wire/icmp6.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as mld from '../wire/mld.ts'
import * as wire from '../wire/ndp.ts'

/** How long a claimed address must go uncontested before it is used, in ms (RFC 4862 5.4, RFC 4861 10). */
export const PROBE_MS = 1000

/** RFC 4861 7.1: what has crossed a router has less. */
const HOP_LIMIT = 255
/** RFC 3810 5: a report never leaves the link. */
const REPORT_HOP_LIMIT = 1

/** A host of the stack (host.ts), as far as its neighbours care. */
export type Resident = { readonly mac: Uint8Array; readonly words: Int32Array | undefined }

/** Ethernet only. Nothing is allocated for a packet. */
export class Discovery {
  readonly #link: Link
  readonly #none = new Int32Array(4)
  readonly #allNodes = Int32Array.of(0xff020000, 0, 0, 1)
  readonly #allRouters = Int32Array.of(0xff020000, 0, 0, 2)
  readonly #reports = Int32Array.of(0xff020000, 0, 0, 0x16)
  readonly #group = new Int32Array(4)
  readonly #peer = new Int32Array(4)

  constructor(link: Link) {
    this.#link = link
  }

  /** Does a frame to this hardware address reach the host through the group that its address is asked for in? */
  isGroupMac(host: Resident, high: number, low: number): boolean {
    return (
      high === wire.GROUP_MAC_HIGH &&
      host.words !== undefined &&
      low === (0xff000000 | (host.words[3] as number))
    )
  }

  /**
   * Answer a solicitation for `host`'s address. `message` is what wire/ndp.ts read of it, `macHigh` and
   * `macLow` the frame's sender. False: not valid (RFC 4861 7.1.1), or no question to this host.
   */
  answer(
    host: Resident,
    router: boolean,
    bytes: Uint8Array,
    ip: ipv6.Ipv6,
    message: wire.Ndp,
    macHigh: number,
    macLow: number,
  ): boolean {
    const { words } = host
    if (words === undefined || message.type !== icmp6.NEIGHBOUR_SOLICITATION) return false
    if (ip.hopLimit !== HOP_LIMIT || !ipv6.isAddress(bytes, message.target, words)) return false
    const toGroup = wire.isSolicitedNode(bytes, ip.destination, message.target)
    if (!toGroup && !ipv6.isAddress(bytes, ip.destination, words)) return false
    const flags = router ? wire.ROUTER : 0
    if (ipv6.isUnspecified(bytes, ip.source)) {
      if (!toGroup || message.linked) return false
      return this.#advertise(host, flags | wire.OVERRIDE, true, this.#allNodes, 0, 0)
    }
    if (ipv6.isMartian(bytes, ip.source) || ipv6.isAddress(bytes, ip.source, words)) return false
    ipv6.getAddress(bytes, ip.source, this.#peer)
    const high = message.linked ? message.linkHigh : macHigh
    const low = message.linked ? message.linkLow : macLow
    // A neighbour that knows the hardware address is not told it again, and so cannot be overridden
    // (RFC 4861 7.2.4 leaves it open; Linux and BSD do so).
    const news = toGroup ? wire.OVERRIDE : 0
    return this.#advertise(host, flags | wire.SOLICITED | news, toGroup, this.#peer, high, low)
  }

  /** A booting machine's first word: it listens to its group, and asks whether anyone has its address. */
  claim(host: Resident): void {
    const { words } = host
    if (words === undefined || !this.#link.ethernet) return
    this.#report(host, this.#none, mld.TO_EXCLUDE)
    this.#solicit(host, this.#none, words)
    this.#link.flush()
  }

  /**
   * PROBE_MS after `claim`, when nobody has objected: its neighbours are told, and who is no router
   * asks for one, from its link-local address. `gateway`: asked for as every machine does that sends.
   */
  settle(host: Resident, router: boolean, gateway: Int32Array | undefined): void {
    const { words } = host
    if (words === undefined || !this.#link.ethernet) return
    const flags = wire.OVERRIDE | (router ? wire.ROUTER : 0)
    this.#advertise(host, flags, true, this.#allNodes, 0, 0)
    if (!router && linkLocal(words)) this.#seekRouter(host, words)
    if (gateway !== undefined) this.#solicit(host, words, gateway)
    this.#link.flush()
  }

  /** Answer a listener query (wire icmp6.LISTENER_QUERY), or switches forget the group. False: it is none of a neighbour's. */
  report(host: Resident, bytes: Uint8Array, ip: ipv6.Ipv6): boolean {
    const { words } = host
    // RFC 3810 5.1.14, 6.2; what comes from link-local was sent on the link.
    if (words === undefined || ip.hopLimit !== 1 || !ipv6.isLinkLocal(bytes, ip.source))
      return false
    // RFC 3810 5.2.13: from link-local, or from ::
    const own = linkLocal(words) ? words : this.#none
    return this.#report(host, own, mld.IS_EXCLUDE)
  }

  #advertise(
    host: Resident,
    flags: number,
    withLink: boolean,
    to: Int32Array,
    high: number,
    low: number,
  ): boolean {
    const at = this.#link.reserve()
    const { words } = host
    if (at < 0 || words === undefined) return false
    const mac = withLink ? host.mac : undefined
    const length = wire.emitAdvertisement(this.#link.out, at + MESSAGE_AT, flags, words, mac)
    this.#send(at, host.mac, words, to, high, low, icmp6.NEIGHBOUR_ADVERTISEMENT, length)
    return true
  }

  #solicit(host: Resident, source: Int32Array, target: Int32Array): void {
    const at = this.#link.reserve()
    if (at < 0) return
    const mac = source === this.#none ? undefined : host.mac
    const length = wire.emitSolicitation(this.#link.out, at + MESSAGE_AT, target, mac)
    wire.solicitedNode(target, this.#group)
    this.#send(at, host.mac, source, this.#group, 0, 0, icmp6.NEIGHBOUR_SOLICITATION, length)
  }

  #seekRouter(host: Resident, source: Int32Array): void {
    const at = this.#link.reserve()
    if (at < 0) return
    const length = wire.emitRouterSolicitation(this.#link.out, at + MESSAGE_AT, host.mac)
    const to = this.#allRouters
    this.#send(at, host.mac, source, to, 0, 0, icmp6.ROUTER_SOLICITATION, length)
  }

  #report(host: Resident, source: Int32Array, record: number): boolean {
    const { words } = host
    const at = this.#link.reserve()
    if (at < 0 || words === undefined) return false
    const out = this.#link.out
    const to = this.#reports
    wire.solicitedNode(words, this.#group)
    const seed = pseudoHeader6(source, to, mld.PROTOCOL, mld.CHECKED_BYTES)
    mld.emit(out, at + MESSAGE_AT, record, this.#group, seed)
    this.#commit(at, host.mac, source, to, 0, 0, mld.FIRST_HEADER, REPORT_HOP_LIMIT, mld.BYTES)
    return true
  }

  /** The message of `length` bytes is in place but for type, code and checksum. */
  #send(
    at: number,
    mac: Uint8Array,
    source: Int32Array,
    to: Int32Array,
    high: number,
    low: number,
    type: number,
    length: number,
  ): void {
    const seed = pseudoHeader6(source, to, ICMP6, length)
    icmp6.seal(this.#link.out, at + MESSAGE_AT, type, 0, length, seed)
    this.#commit(at, mac, source, to, high, low, ICMP6, HOP_LIMIT, length)
  }

  /** To a group `high` and `low` are its own business. */
  #commit(
    at: number,
    mac: Uint8Array,
    source: Int32Array,
    to: Int32Array,
    high: number,
    low: number,
    protocol: number,
    hopLimit: number,
    length: number,
  ): void {
    const out = this.#link.out
    const group = (to[0] as number) >>> 24 === 0xff
    const toHigh = group ? wire.GROUP_MAC_HIGH : high
    const toLow = group ? (to[3] as number) : low
    ethernet.emit(out, at, toHigh, toLow, mac, ethernet.IPV6)
    ipv6.emit(out, at + ethernet.HEADER_BYTES, length, 0, 0, protocol, hopLimit, source, to)
    this.#link.commit(MESSAGE_AT + length)
  }
}

const linkLocal = (words: Int32Array): boolean => words[0] === (0xfe800000 | 0)

/** Where the message stands in a frame. */
const MESSAGE_AT = ethernet.HEADER_BYTES + ipv6.HEADER_BYTES
