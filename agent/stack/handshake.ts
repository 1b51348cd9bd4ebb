/**
 * Before a flow exists: a SYN meets a door and is answered without memory, the ACK that ends the
 * handshake is proven, and what belongs to nobody is refused as the persona would. Works on the packet at hand.
 */
import type { Reply } from '../../rotation/traits.ts'
import { blankSyn } from '../fingerprint/syn.ts'
import * as wire from '../wire/tcp.ts'
import { distance } from './assembler.ts'
import type { Connection } from './connection.ts'
import { blankOpening, Cookies } from './cookie.ts'
import { CLOSED, type DoorCode, Doors, SILENT } from './doors.ts'
import type { Host } from './host.ts'
import type { Intake } from './intake.ts'
import { KeyedHash } from './keyed-hash.ts'
import { Openings } from './openings.ts'
import { Overload } from './overload.ts'
import { Proven } from './proven.ts'
import { type Repeat, Repeats } from './repeats.ts'
import type { StackStats } from './stats.ts'
import { factsOf } from './syn-facts.ts'
import type { Offer, Transmit } from './transmit.ts'
import type { Wheel } from './wheel.ts'
import type { StackOptions, World } from './world.ts'

/** RFC 9293 3.7.1: what a visitor that names no MSS takes. */
const DEFAULT_MSS = 536

/** So long a handshake may take: what the last repetition of a SYN-ACK leaves of it on Linux. */
const SYN_RECEIVED_MS = 63_000

export class Handshake {
  /** What the SYN of the handshake proven last told. */
  readonly opening = blankOpening()
  openingSequence = 0
  /** The time of the packet at hand, with its fractions of a ms: a clock of a GHz shows them. */
  exactNow = 0
  readonly overload = new Overload()
  readonly #intake: Intake
  readonly #transmit: Transmit
  readonly #world: World
  readonly #stats: StackStats
  readonly #trusting: boolean
  readonly #doors: Doors
  readonly #openings = new Openings()
  readonly #hash: KeyedHash
  readonly #cookies: Cookies
  readonly #syn = blankSyn()
  readonly #proven = new Proven()
  readonly #repeats: Repeats
  readonly #offer: Offer = {
    isn: 0,
    acknowledgment: 0,
    ecn: false,
    scale: -1,
    mss: 0,
    sack: false,
    timestamps: false,
    timestampValue: 0,
  }

  constructor(
    intake: Intake,
    transmit: Transmit,
    world: World,
    options: StackOptions,
    stats: StackStats,
    wheel: Wheel,
  ) {
    this.#intake = intake
    this.#transmit = transmit
    this.#world = world
    this.#stats = stats
    this.#trusting = options.flows.trusting
    this.#doors = new Doors(options.doors, options.budgets)
    this.#hash = new KeyedHash(world.random(8))
    this.#cookies = new Cookies(world.random(16))
    this.#repeats = new Repeats(transmit, wheel, stats)
  }

  /** A SYN-ACK is due once more. */
  expire(entry: Repeat, now: number): void {
    this.#repeats.expire(entry, now)
  }

  /** Of the conversation that the segment at hand belongs to. */
  hash(host: Host): number {
    const s = this.#intake.segment
    const ports = (s.sourcePort << 16) | s.destinationPort
    return this.#hash.of(this.#intake.peer.address, host.address, ports, 0)
  }

  answerSyn(host: Host, hash: number, now: number): void {
    const s = this.#intake.segment
    this.#stats.syns++
    const source = this.#sourceHash()
    if (this.overload.on && !this.#mayPass(source, hash, now)) {
      this.#stats.synsShed++
      return
    }
    const syn = this.#syn
    factsOf(this.#intake.ip, s, syn)
    const age = this.#openings.age(hash, syn, now)
    const door = this.#doors.decide(host.persona, source, syn, age, now)
    const scanner = this.#world.syn(syn, door, now)
    const kept = this.#openings.remember(hash, syn, scanner, now)
    if (door === SILENT) return
    if (door === CLOSED) {
      this.#reply(host, host.persona.traits.replies.closedSyn)
      return
    }
    const known = kept ? this.#openings.isn(hash) : 0
    const isn = known !== 0 ? known : kept ? this.#initial(host) : this.#cookie(host, now)
    if (kept && known === 0) this.#openings.promise(hash, isn)
    this.#synAck(host, isn, now)
    if (this.#proven.has(source, syn.source, now))
      this.#repeats.add(host, this.#intake.peer, this.#offer, hash, now)
  }

  /** Too many SYNs come: a stranger's first is not answered. */
  #mayPass(source: number, hash: number, now: number): boolean {
    const { segment: s, peer } = this.#intake
    if (this.overload.repeated(hash, s.sequence, now)) return true
    return this.#proven.has(source, peer.address, now)
  }

  /** As the persona's system numbers; 0 is kept for "none". */
  #initial(host: Host): number {
    const { segment: s, peer } = this.#intake
    const ports = (s.sourcePort << 16) | s.destinationPort
    return host.initialSequence(peer.address, ports, s.sequence, this.exactNow) || 1
  }

  /** As a kernel does when its backlog is full. */
  #cookie(host: Host, now: number): number {
    const { segment: s, peer } = this.#intake
    return this.#cookies.make(
      peer.address,
      host.address,
      (s.sourcePort << 16) | s.destinationPort,
      s.sequence,
      s.mss === 0 ? DEFAULT_MSS : s.mss,
      s.scale,
      s.sackPermitted,
      now,
    )
  }

  #synAck(host: Host, isn: number, now: number): void {
    const s = this.#intake.segment
    const offer = this.#offer
    offer.isn = isn
    offer.acknowledgment = (s.sequence + 1) | 0
    offer.ecn = (s.flags & (wire.ECE | wire.CWR)) === (wire.ECE | wire.CWR)
    offer.scale = s.scale
    offer.mss = s.mss
    offer.sack = s.sackPermitted
    offer.timestamps = s.timestamps
    offer.timestampValue = s.timestampValue
    this.#stats.synAcks++
    this.#transmit.synAck(host, this.#intake.peer, offer, now)
  }

  /**
   * An ACK that belongs to no flow: the end of a handshake that we answered (the door it came in by;
   * `opening` and `openingSequence` are filled), or a stray, refused (SILENT).
   */
  prove(host: Host, hash: number, now: number): DoorCode {
    const s = this.#intake.segment
    const address = this.#intake.peer.address
    const door = this.#entered(host, now)
    if (door !== SILENT) {
      const ports = (s.sourcePort << 16) | s.destinationPort
      const isn = (s.acknowledgment - 1) | 0
      const before = (s.sequence - 1) | 0
      this.openingSequence = before
      let proven = this.#proves(hash, host.address, ports, before, isn, now)
      if (!proven) {
        // The first segment is lost or overtaken: what the cookie needs, the SYN itself may still tell.
        const opening = this.#openings.sequence(hash, address, host.address, ports, before)
        const ahead = distance(before, opening)
        this.openingSequence = opening
        proven =
          ahead > 0 &&
          ahead < host.persona.traits.receiveWindow &&
          this.#proves(hash, host.address, ports, opening, isn, now)
      }
      if (proven) {
        this.#proven.add(this.#sourceHash(), address, now)
        this.#repeats.done(hash)
        return door
      }
    }
    this.#stats.strayAcks++
    this.#stats.strays++
    this.#refuse(host, door)
    return SILENT
  }

  /** Does this ACK end a handshake of ours (or, in a capture, any handshake whose SYN was seen)? */
  #proves(
    hash: number,
    local: number,
    ports: number,
    opening: number,
    isn: number,
    now: number,
  ): boolean {
    const remote = this.#intake.peer.address
    const known = this.#openings.recall(hash, remote, local, ports, opening, this.#syn) >= 0
    const young = known && this.#openings.age(hash, this.#syn, now) <= SYN_RECEIVED_MS
    if (known && (this.#trusting || (young && this.#openings.isn(hash) === isn))) {
      this.opening.mss = this.#syn.mss === 0 ? DEFAULT_MSS : this.#syn.mss
      this.opening.scale = this.#syn.scale
      this.#openings.settle(hash)
      return true
    }
    if (this.#trusting) return false
    return this.#cookies.check(remote, local, ports, opening, isn, now, this.opening)
  }

  /** A segment that is neither a SYN nor an ACK of anything. */
  stray(host: Host, hash: number, now: number): void {
    this.#stats.strays++
    if ((this.#intake.segment.flags & wire.RST) !== 0) {
      // It wants no answer: neither now nor repeated.
      this.#repeats.done(hash)
      const { address, port, localPort } = this.#intake.peer
      if (this.#openings.knows(hash, address, host.address, (port << 16) | localPort))
        this.#openings.settle(hash)
      return
    }
    const door = this.#entered(host, now)
    const { flags } = this.#intake.segment
    if (
      door !== SILENT &&
      (flags & (wire.SYN | wire.FIN | wire.ACK)) === (wire.SYN | wire.FIN) &&
      host.persona.traits.replies.openSynFin === 'syn-ack'
    )
      this.#synAck(host, this.#initial(host), now)
    else this.#refuse(host, door)
  }

  /** What reaches a door that is shown or refused is answered in the persona's manner; a firewall says nothing. */
  #refuse(host: Host, door: DoorCode): void {
    const { flags, destinationPort } = this.#intake.segment
    const refused = door === SILENT
    if (refused && host.persona.door('tcp', destinationPort) !== 'closed') return
    const { replies } = host.persona.traits
    if ((flags & wire.ACK) !== 0) this.#reply(host, refused ? replies.closedAck : replies.openAck)
    else if ((flags & wire.SYN) === 0)
      this.#reply(host, refused ? replies.closedBare : replies.openBare)
    else if (refused) this.#reply(host, replies.closedSyn)
    else if (replies.openSynFin !== 'syn-ack') this.#reply(host, replies.openSynFin)
  }

  #reply(host: Host, reply: Reply | undefined): void {
    if (reply === undefined) return
    const s = this.#intake.segment
    const length = s.payloadBytes + (s.flags & wire.SYN ? 1 : 0) + (s.flags & wire.FIN ? 1 : 0)
    this.#stats.resets++
    this.#transmit.reply(host, this.#intake.peer, reply, s, (s.sequence + length) | 0)
  }

  /** Is this source (int32, or the name of its IPv6 address) known to have completed a handshake of late? */
  knows(source: number, now: number): boolean {
    return this.#proven.has(this.#hash.of(source, 0, 0, 1), source, now)
  }

  /** The p0f signature of the SYN that opened `c`; '' when it is no longer known. */
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

  #entered(host: Host, now: number): DoorCode {
    const { address, localPort } = this.#intake.peer
    return this.#doors.entered(host.persona, this.#sourceHash(), address, localPort, now)
  }

  #sourceHash(): number {
    return this.#hash.of(this.#intake.peer.address, 0, 0, 1)
  }
}
