/**
 * The network stack: frames and the time in, frames and flows out. It owns no clock, no socket and
 * no randomness. One thread owns it. Hot path: receive → tcp → flow; nothing here allocates for a packet.
 */
import type { Persona } from '../../rotation/persona.ts'
import { blankSyn, type SynFacts } from '../fingerprint/syn.ts'
import type { Link } from '../link/link.ts'
import * as arpWire from '../wire/arp.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as icmpWire from '../wire/icmp.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as wire from '../wire/tcp.ts'
import * as arp from './arp.ts'
import { distance } from './assembler.ts'
import {
  Connection,
  CLOSED as GONE,
  type Owner,
  RECEIVE_WINDOW_BYTES,
  TIME_WAIT,
} from './connection.ts'
import { blankOpening, Cookies } from './cookie.ts'
import { CLOSED, type DoorBudgets, type DoorCode, type DoorMode, Doors, SILENT } from './doors.ts'
import type { Ending, Flow } from './flow.ts'
import { Fragments } from './fragments.ts'
import { Host } from './host.ts'
import { echo } from './icmp.ts'
import { KeyedHash } from './keyed-hash.ts'
import { Openings } from './openings.ts'
import { blankStats, type StackStats } from './stats.ts'
import { Table } from './table.ts'
import { type FlowLimits, latestSequence, Tcp } from './tcp.ts'
import { type Peer, Transmit } from './transmit.ts'
import { Wheel } from './wheel.ts'

/** The world the stack lives in. */
export interface World {
  /** Who answers at this address (int32); undefined: not ours. */
  persona(address: number): Persona | undefined
  /** Every SYN, with the door it met: returns the code of the scanner it names. `syn` is lent. */
  syn(syn: SynFacts, door: DoorCode, now: number): number
  /** A handshake is proven. */
  accept(flow: Flow): void
  /** The p0f signature and the scanner's name, written when a flow is reported. */
  describe(syn: SynFacts): string
  scannerName(code: number): string
  random(bytes: number): Uint8Array
  /** Something was written outside `receive` and `tick`: call `flush` soon. */
  wake(): void
}

export type StackOptions = {
  readonly doors: DoorMode
  readonly budgets: DoorBudgets
  readonly flows: FlowLimits & { readonly maxFlows: number }
  /** `shared` mode answers with the link's own hardware address. */
  readonly ownAddress: boolean
  readonly gateway: number | undefined
  /** The host's own business on a shared address: management ports and its outgoing connections. */
  readonly exempt: (port: number) => boolean
}

export class Stack implements Owner {
  readonly stats: StackStats = blankStats()
  /**
   * Held so that there is always one connection: at a full collection V8 throws away all code that was
   * compiled for a shape of which no object lives, and a sensor without visitors would start cold.
   */
  lastClosed: Connection | undefined
  readonly #link: Link
  readonly #world: World
  readonly #options: StackOptions
  readonly #transmit: Transmit
  readonly #tcp: Tcp
  readonly #doors: Doors
  readonly #table: Table
  readonly #wheel: Wheel
  readonly #openings = new Openings()
  readonly #fragments = new Fragments()
  readonly #hash: KeyedHash
  readonly #cookies: Cookies
  readonly #ids: KeyedHash
  readonly #hosts = new Map<number, Host>()
  #now: number
  #serial = 0
  #touched: Connection | undefined
  #working = false
  // Reused for every packet.
  readonly #ethernet = ethernet.blankEthernet()
  readonly #arp = arpWire.blankArp()
  readonly #icmp = icmpWire.blankIcmp()
  readonly #ip = ipv4.blankIpv4()
  readonly #segment = wire.blankTcp()
  readonly #syn = blankSyn()
  readonly #opening = blankOpening()
  /** Who sent the packet at hand. */
  readonly #peer: Peer = { macHigh: 0, macLow: 0, address: 0, port: 0, localPort: 0 }
  /** Whom `abort` tells: any flow may be aborted while a packet is at hand. */
  readonly #visitor: Peer = { macHigh: 0, macLow: 0, address: 0, port: 0, localPort: 0 }

  /** `now`: monotonic milliseconds, here and in every call. */
  constructor(link: Link, world: World, options: StackOptions, now: number) {
    this.#link = link
    this.#world = world
    this.#options = options
    this.#now = Math.floor(now)
    this.#transmit = new Transmit(link)
    this.#tcp = new Tcp(this.#transmit, options.flows, (c, ending) => this.#close(c, ending))
    this.#doors = new Doors(options.doors, options.budgets)
    this.#table = new Table(options.flows.maxFlows)
    this.#wheel = new Wheel(now, (entry, at) => this.#expire(entry as Connection, at))
    this.#hash = new KeyedHash(world.random(8))
    this.#cookies = new Cookies(world.random(16))
    this.#ids = new KeyedHash(world.random(8))
  }

  get flows(): number {
    return this.#table.size
  }
  get nextTick(): number {
    return this.#wheel.next
  }
  get lostSend(): number {
    return this.#transmit.lost
  }

  /** Take up an address: announce it, and ask for the gateway as a booting machine does. */
  join(address: number): boolean {
    const host = this.#host(address)
    if (host === undefined) return false
    if (this.#link.ethernet && this.#options.ownAddress) {
      arp.announce(this.#link, host)
      if (this.#options.gateway !== undefined) arp.ask(this.#link, host, this.#options.gateway)
      this.#link.flush()
    }
    return true
  }

  /** One frame (or bare IP packet). `checksums` false: the transport checksum is the sender's hardware's business. */
  receive(
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): void {
    this.#now = Math.floor(now)
    this.stats.frames++
    const peer = this.#peer
    if (!this.#link.ethernet) {
      peer.macHigh = 0
      peer.macLow = 0
      this.#ipv4(bytes, offset, length, checksums)
      return
    }
    const frame = this.#ethernet
    if (!ethernet.parse(bytes, offset, length, frame)) {
      this.stats.malformed++
      return
    }
    const at = frame.source
    peer.macHigh = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    peer.macLow =
      ((bytes[at + 2] as number) << 24) |
      ((bytes[at + 3] as number) << 16) |
      ((bytes[at + 4] as number) << 8) |
      (bytes[at + 5] as number)
    const rest = length - (frame.payload - offset)
    if (frame.type === ethernet.IPV4) this.#ipv4(bytes, frame.payload, rest, checksums)
    else if (frame.type === ethernet.ARP) this.#answerArp(bytes, frame.payload, rest)
    else this.stats.otherProtocol++
  }

  /** After a batch of frames: serve who has news, send what is due. */
  flush(now: number): void {
    this.#now = Math.floor(now)
    this.#work()
    this.#link.flush()
  }

  tick(now: number): void {
    this.#now = Math.floor(now)
    this.#wheel.tick(now)
    this.flush(now)
  }

  /** Reset every flow: shutdown, or the end of an identity. */
  closeAll(): void {
    this.#table.each((c) => {
      if (c.state === TIME_WAIT) this.#close(c, undefined)
      else this.abort(c, 'shutdown')
    })
    this.#work()
    this.#link.flush()
  }

  // Owner: what connections ask of us.

  touch(c: Connection): void {
    if (c.touched) return
    c.touched = true
    c.touchedNext = this.#touched
    this.#touched = c
    if (!this.#working) this.#world.wake()
  }

  abort(c: Connection, ending: Ending): void {
    if (c.state === GONE) return
    const peer = this.#visitor
    peer.address = c.remoteAddress
    peer.port = c.remotePort
    peer.localPort = c.localPort
    peer.macHigh = c.macHigh
    peer.macLow = c.macLow
    this.#transmit.reset(c.host, peer, latestSequence(c), c.receiveNext, wire.RST | wire.ACK)
    this.stats.aborted++
    if (!this.#working) this.#world.wake()
    this.#close(c, ending)
  }

  flowId(c: Connection): string {
    const high = this.#ids.of(c.serial, 0, 0, 0) >>> 0
    return high.toString(16).padStart(8, '0') + (c.serial >>> 0).toString(16).padStart(8, '0')
  }

  signature(c: Connection): string {
    return this.#recall(c) < 0 ? '' : this.#world.describe(this.#syn)
  }

  scanner(c: Connection): string {
    const code = this.#recall(c)
    return code <= 0 ? '' : this.#world.scannerName(code)
  }

  #recall(c: Connection): number {
    const ports = (c.remotePort << 16) | c.localPort
    return this.#openings.recall(
      c.hash,
      c.remoteAddress,
      c.host.address,
      ports,
      c.openingSequence,
      this.#syn,
    )
  }

  #host(address: number): Host | undefined {
    const known = this.#hosts.get(address)
    const persona = this.#world.persona(address)
    if (known !== undefined && known.persona === persona) return known
    if (persona === undefined) {
      if (known !== undefined) this.#hosts.delete(address)
      return undefined
    }
    const mac = this.#options.ownAddress ? persona.mac : this.#link.mac
    const host = new Host(address, persona, mac, this.#world.random(16))
    this.#hosts.set(address, host)
    return host
  }

  #answerArp(bytes: Uint8Array, offset: number, length: number): void {
    const request = this.#arp
    if (!arpWire.parse(bytes, offset, length, request)) {
      this.stats.malformed++
      return
    }
    this.stats.arp++
    // In shared mode the kernel has the address and answers for it.
    if (request.operation !== arpWire.REQUEST || !this.#options.ownAddress) return
    const host = this.#host(request.targetIp)
    if (host !== undefined && request.senderIp !== request.targetIp)
      arp.reply(this.#link, host, request)
  }

  #ipv4(bytes: Uint8Array, offset: number, length: number, checksums: boolean): void {
    const ip = this.#ip
    if (!ipv4.parse(bytes, offset, length, ip)) {
      this.stats.malformed++
      return
    }
    const host = this.#host(ip.destination)
    if (host === undefined) {
      this.stats.notOurs++
      return
    }
    const first = ip.source >>> 24
    if (ip.source === ip.destination || first === 0 || first === 127 || first >= 224) {
      this.stats.martian++
      return
    }
    this.#peer.address = ip.source
    if (ip.moreFragments || ip.fragmentOffset > 0) {
      this.stats.fragments++
      const whole = this.#fragments.add(ip, bytes, this.#now)
      this.stats.fragmentsDropped = this.#fragments.dropped
      if (whole === undefined) return
      this.stats.reassembled++
      this.#transport(host, whole, 0, whole.length, checksums)
    } else this.#transport(host, bytes, ip.payload, ip.payloadBytes, checksums)
  }

  #transport(
    host: Host,
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
  ): void {
    const ip = this.#ip
    if (ip.protocol === ipv4.TCP) {
      if (checksums && !wire.verify(bytes, offset, length, ip.source, ip.destination)) {
        this.stats.badChecksum++
        return
      }
      if (!wire.parse(bytes, offset, length, this.#segment)) {
        this.stats.malformed++
        return
      }
      this.#answerTcp(host, bytes)
    } else if (ip.protocol === ipv4.ICMP) {
      if (!icmpWire.parse(bytes, offset, length, this.#icmp)) {
        this.stats.badChecksum++
        return
      }
      this.stats.icmp++
      const request = this.#icmp.type === icmpWire.ECHO_REQUEST && this.#options.ownAddress
      if (request) echo(this.#transmit, host, this.#peer, ip, bytes, offset, length, this.#link.mtu)
    } else this.stats.otherProtocol++
  }

  #answerTcp(host: Host, bytes: Uint8Array): void {
    const s = this.#segment
    if (this.#options.exempt(s.destinationPort)) {
      this.stats.exempt++
      return
    }
    const peer = this.#peer
    peer.port = s.sourcePort
    peer.localPort = s.destinationPort
    const hash = this.#hash.of(
      peer.address,
      host.address,
      (s.sourcePort << 16) | s.destinationPort,
      0,
    )
    const known = this.#table.find(
      hash,
      peer.address,
      s.sourcePort,
      host.address,
      s.destinationPort,
    )
    const kind = s.flags & (wire.SYN | wire.ACK | wire.RST | wire.FIN)
    if (known !== undefined && !(known.state === TIME_WAIT && kind === wire.SYN)) {
      this.#segmentOf(known, bytes)
      return
    }
    // RFC 9293 3.6.1: a new SYN may take over a connection in TIME-WAIT.
    if (known !== undefined) this.#close(known, undefined)
    if (kind === wire.SYN) this.#answerSyn(host, hash)
    else if ((kind & (wire.ACK | wire.SYN | wire.RST)) === wire.ACK)
      this.#answerAck(host, hash, bytes)
    else this.#stray(host)
  }

  #segmentOf(c: Connection, bytes: Uint8Array): void {
    this.stats.segments++
    c.macHigh = this.#peer.macHigh
    c.macLow = this.#peer.macLow
    this.#tcp.process(c, this.#segment, bytes, this.#now)
    if (c.state === GONE) return
    if (this.#tcp.overBudget(c)) this.abort(c, 'budget')
    else this.touch(c)
  }

  #answerSyn(host: Host, hash: number): void {
    const s = this.#segment
    const syn = this.#facts()
    const now = this.#now
    this.stats.syns++
    const age = this.#openings.age(hash, syn, now)
    const door = this.#doors.decide(host.persona, this.#sourceHash(), syn, age, now)
    const scanner = this.#world.syn(syn, door, now)
    this.#openings.remember(hash, syn, scanner, now)
    if (door === SILENT) return
    const peer = this.#peer
    if (door === CLOSED) {
      this.stats.resets++
      this.#transmit.reset(
        host,
        peer,
        0,
        (s.sequence + s.payloadBytes + 1) | 0,
        wire.RST | wire.ACK,
      )
      return
    }
    const mss = s.mss === 0 ? 536 : s.mss
    const ports = (s.sourcePort << 16) | s.destinationPort
    const isn = this.#cookies.make(
      peer.address,
      host.address,
      ports,
      s.sequence,
      mss,
      s.scale,
      s.sackPermitted,
      now,
    )
    this.stats.synAcks++
    const ecn = (s.flags & (wire.ECE | wire.CWR)) === (wire.ECE | wire.CWR)
    this.#transmit.synAck(
      host,
      peer,
      isn,
      (s.sequence + 1) | 0,
      ecn,
      s.scale >= 0,
      s.sackPermitted,
      s.timestamps,
      s.timestampValue,
      now,
    )
  }

  /** An ACK that belongs to no flow: the end of a handshake that we answered, or a stray. */
  #answerAck(host: Host, hash: number, bytes: Uint8Array): void {
    const s = this.#segment
    const peer = this.#peer
    const now = this.#now
    const door = this.#doors.entered(
      host.persona,
      this.#sourceHash(),
      peer.address,
      s.destinationPort,
      now,
    )
    const ports = (s.sourcePort << 16) | s.destinationPort
    const isn = (s.acknowledgment - 1) | 0
    const before = (s.sequence - 1) | 0
    let opening = before
    let proven = door !== SILENT && this.#proven(hash, host.address, ports, opening, isn)
    if (!proven && door !== SILENT) {
      // The first segment is lost or overtaken: what the cookie needs, the SYN itself may still tell.
      opening = this.#openings.sequence(hash, peer.address, host.address, ports, before)
      const ahead = distance(before, opening)
      if (ahead > 0 && ahead < RECEIVE_WINDOW_BYTES)
        proven = this.#proven(hash, host.address, ports, opening, isn)
    }
    if (!proven) {
      this.stats.strayAcks++
      this.#stray(host)
      return
    }
    if (this.#table.full) this.#evict()
    this.#serial = (this.#serial + 1) | 0
    const c = new Connection(
      this,
      host,
      peer.address,
      s.sourcePort,
      s.destinationPort,
      hash,
      this.#serial,
      now,
      door,
      opening,
    )
    c.macHigh = peer.macHigh
    c.macLow = peer.macLow
    this.#tcp.establish(c, s, isn, this.#opening.mss, this.#opening.scale)
    this.#table.add(c)
    this.stats.accepted++
    this.#wheel.arm(c, this.#tcp.deadline(c))
    this.#world.accept(c)
    this.#segmentOf(c, bytes)
  }

  /** Does this ACK end a handshake of ours (or, in a capture, any handshake whose SYN was seen)? */
  #proven(hash: number, local: number, ports: number, opening: number, isn: number): boolean {
    const remote = this.#peer.address
    const cookies = this.#cookies
    if (!this.#options.flows.trusting)
      return cookies.check(remote, local, ports, opening, isn, this.#now, this.#opening)
    if (this.#openings.recall(hash, remote, local, ports, opening, this.#syn) < 0) return false
    this.#opening.mss = this.#syn.mss
    this.#opening.scale = this.#syn.scale
    return true
  }

  /** RFC 9293 3.10.7.1: a segment for nobody is reset, where the persona's firewall lets it through. */
  #stray(host: Host): void {
    const s = this.#segment
    this.stats.strays++
    if ((s.flags & wire.RST) !== 0) return
    const door = host.persona.door('tcp', s.destinationPort)
    if (door === 'silent' && this.#options.doors !== 'all') return
    if ((s.flags & wire.ACK) !== 0) {
      this.#transmit.reset(host, this.#peer, s.acknowledgment, 0, wire.RST)
      this.stats.resets++
    } else if (door === 'closed') {
      const length = s.payloadBytes + (s.flags & wire.SYN ? 1 : 0) + (s.flags & wire.FIN ? 1 : 0)
      this.#transmit.reset(host, this.#peer, 0, (s.sequence + length) | 0, wire.RST | wire.ACK)
      this.stats.resets++
    }
  }

  #sourceHash(): number {
    return this.#hash.of(this.#peer.address, 0, 0, 1)
  }

  #evict(): void {
    const victim = this.#table.leastValuable()
    if (victim === undefined) return
    this.stats.evicted++
    if (victim.ending !== undefined) this.#close(victim, undefined)
    else this.#close(victim, 'evicted')
  }

  #facts(): SynFacts {
    const ip = this.#ip
    const s = this.#segment
    const syn = this.#syn
    syn.source = ip.source
    syn.destination = ip.destination
    syn.sourcePort = s.sourcePort
    syn.destinationPort = s.destinationPort
    syn.sequence = s.sequence
    syn.acknowledgment = s.acknowledgment
    syn.window = s.window
    syn.ttl = ip.ttl
    syn.ipId = ip.id
    syn.dontFragment = ip.dontFragment ? 1 : 0
    syn.urgent = s.urgent
    syn.flags = s.flags
    syn.mss = s.mss
    syn.scale = s.scale
    syn.sackPermitted = s.sackPermitted ? 1 : 0
    syn.timestamps = s.timestamps ? 1 : 0
    syn.timestampValue = s.timestampValue
    syn.optionCount = s.optionCount
    syn.layoutLow = s.layoutLow
    syn.layoutHigh = s.layoutHigh
    syn.optionsLength = s.optionsBytes
    syn.payloadLength = s.payloadBytes
    syn.ipOptionsLength = ip.headerBytes - ipv4.HEADER_BYTES
    syn.totalLength = ip.totalBytes
    return syn
  }

  /** Serve and send for every touched connection; those touched meanwhile are worked off in the same turn. */
  #work(): void {
    this.#working = true
    while (this.#touched !== undefined) {
      let c: Connection | undefined = this.#touched
      this.#touched = undefined
      while (c !== undefined) {
        const next: Connection | undefined = c.touchedNext
        c.touched = false
        c.touchedNext = undefined
        if (c.news) c.notify()
        this.#tcp.output(c, this.#now)
        if (
          c.retransmitAt !== 0 &&
          (c.deadline === 0 || c.retransmitAt < c.deadline) &&
          c.state !== GONE
        )
          this.#wheel.arm(c, c.retransmitAt)
        c = next
      }
    }
    this.#working = false
  }

  #expire(c: Connection, now: number): void {
    if (c.state === GONE) return
    const next = this.#tcp.timer(c, now)
    if (next > 0) this.#wheel.arm(c, next)
  }

  /** The end: for whoever serves the flow (with an ending), and for the table unless it stays in TIME-WAIT. */
  #close(c: Connection, ending: Ending | undefined): void {
    const told = c.ending !== undefined
    if (!told && ending !== undefined) c.ending = ending
    if (c.state === TIME_WAIT && ending !== undefined) {
      c.queue = undefined
      c.assembler = undefined
      this.#wheel.arm(c, this.#tcp.deadline(c))
    } else {
      c.state = GONE
      c.retransmitAt = 0
      c.queue = undefined
      c.assembler = undefined
      this.#wheel.disarm(c)
      this.#table.remove(c)
      this.lastClosed = c
    }
    if (!told && ending !== undefined) c.notify()
  }
}
