/**
 * Before a flow exists: a SYN meets a door and is answered without memory, the ACK that ends the
 * handshake is proven, and what belongs to nobody is refused as the persona would. Works on the packet at hand.
 */
import { blankSyn, type SynFacts } from '../fingerprint/syn.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as wire from '../wire/tcp.ts'
import { distance } from './assembler.ts'
import { type Connection, RECEIVE_WINDOW_BYTES } from './connection.ts'
import { blankOpening, Cookies } from './cookie.ts'
import { CLOSED, type DoorCode, Doors, SILENT } from './doors.ts'
import type { Host } from './host.ts'
import type { Intake } from './intake.ts'
import { KeyedHash } from './keyed-hash.ts'
import { Openings } from './openings.ts'
import type { StackStats } from './stats.ts'
import type { Transmit } from './transmit.ts'
import type { StackOptions, World } from './world.ts'

/** RFC 9293 3.7.1: what a visitor that names no MSS takes. */
const DEFAULT_MSS = 536

export class Handshake {
  /** What the SYN of the handshake proven last told. */
  readonly opening = blankOpening()
  openingSequence = 0
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

  constructor(
    intake: Intake,
    transmit: Transmit,
    world: World,
    options: StackOptions,
    stats: StackStats,
  ) {
    this.#intake = intake
    this.#transmit = transmit
    this.#world = world
    this.#stats = stats
    this.#trusting = options.flows.trusting
    this.#doors = new Doors(options.doors, options.budgets)
    this.#hash = new KeyedHash(world.random(8))
    this.#cookies = new Cookies(world.random(16))
  }

  /** Of the conversation that the segment at hand belongs to. */
  hash(host: Host): number {
    const s = this.#intake.segment
    const ports = (s.sourcePort << 16) | s.destinationPort
    return this.#hash.of(this.#intake.peer.address, host.address, ports, 0)
  }

  answerSyn(host: Host, hash: number, now: number): void {
    const s = this.#intake.segment
    const peer = this.#intake.peer
    const syn = this.#facts()
    this.#stats.syns++
    const age = this.#openings.age(hash, syn, now)
    const door = this.#doors.decide(host.persona, this.#sourceHash(), syn, age, now)
    const scanner = this.#world.syn(syn, door, now)
    this.#openings.remember(hash, syn, scanner, now)
    if (door === SILENT) return
    if (door === CLOSED) {
      const next = (s.sequence + s.payloadBytes + 1) | 0
      this.#stats.resets++
      this.#transmit.reset(host, peer, 0, next, wire.RST | wire.ACK)
      return
    }
    const isn = this.#cookies.make(
      peer.address,
      host.address,
      (s.sourcePort << 16) | s.destinationPort,
      s.sequence,
      s.mss === 0 ? DEFAULT_MSS : s.mss,
      s.scale,
      s.sackPermitted,
      now,
    )
    this.#stats.synAcks++
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
      if (this.#proven(hash, host.address, ports, before, isn, now)) return door
      // The first segment is lost or overtaken: what the cookie needs, the SYN itself may still tell.
      const opening = this.#openings.sequence(hash, address, host.address, ports, before)
      const ahead = distance(before, opening)
      this.openingSequence = opening
      if (
        ahead > 0 &&
        ahead < RECEIVE_WINDOW_BYTES &&
        this.#proven(hash, host.address, ports, opening, isn, now)
      )
        return door
    }
    this.#stats.strayAcks++
    this.#stats.strays++
    this.#refuse(host, door)
    return SILENT
  }

  /** Does this ACK end a handshake of ours (or, in a capture, any handshake whose SYN was seen)? */
  #proven(
    hash: number,
    local: number,
    ports: number,
    opening: number,
    isn: number,
    now: number,
  ): boolean {
    const remote = this.#intake.peer.address
    if (!this.#trusting)
      return this.#cookies.check(remote, local, ports, opening, isn, now, this.opening)
    if (this.#openings.recall(hash, remote, local, ports, opening, this.#syn) < 0) return false
    this.opening.mss = this.#syn.mss
    this.opening.scale = this.#syn.scale
    return true
  }

  /** A segment that is neither a SYN nor an ACK of anything. */
  stray(host: Host, now: number): void {
    this.#stats.strays++
    if ((this.#intake.segment.flags & wire.RST) === 0) this.#refuse(host, this.#entered(host, now))
  }

  /** RFC 9293 3.10.7.1 and 3.10.7.2: reset what reaches a door that is shown or refused; a firewall says nothing. */
  #refuse(host: Host, door: DoorCode): void {
    const s = this.#intake.segment
    const peer = this.#intake.peer
    const refused = door === SILENT
    if (refused && host.persona.door('tcp', s.destinationPort) !== 'closed') return
    if ((s.flags & wire.ACK) !== 0) this.#transmit.reset(host, peer, s.acknowledgment, 0, wire.RST)
    else if (refused) {
      const length = s.payloadBytes + (s.flags & wire.SYN ? 1 : 0) + (s.flags & wire.FIN ? 1 : 0)
      this.#transmit.reset(host, peer, 0, (s.sequence + length) | 0, wire.RST | wire.ACK)
    } else return
    this.#stats.resets++
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

  #facts(): SynFacts {
    const { ip, segment: s } = this.#intake
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
}
