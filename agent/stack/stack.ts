/**
 * The network stack: frames and the time in, frames and flows out. It owns no clock, no socket and
 * no randomness. One thread owns it. Hot path: receive → intake → tcp → flow; nothing here allocates for a packet.
 */
import type { Link } from '../link/link.ts'
import * as wire from '../wire/tcp.ts'
import * as arp from './arp.ts'
import { Connection, CLOSED as GONE, type Owner, TIME_WAIT } from './connection.ts'
import { SILENT } from './doors.ts'
import type { Ending } from './flow.ts'
import { Handshake } from './handshake.ts'
import { Held, MAX_HELD_BYTES } from './held.ts'
import type { Host } from './host.ts'
import { Hosts } from './hosts.ts'
import { Intake } from './intake.ts'
import { KeyedHash } from './keyed-hash.ts'
import type { Repeat } from './repeats.ts'
import { blankStats, type StackStats } from './stats.ts'
import { Table } from './table.ts'
import { latestSequence, Tcp } from './tcp.ts'
import { Transmit } from './transmit.ts'
import { Wheel } from './wheel.ts'
import type { StackOptions, World } from './world.ts'

export type { StackOptions, World } from './world.ts'

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
  readonly #hosts: Hosts
  readonly #transmit: Transmit
  readonly #intake: Intake
  readonly #handshake: Handshake
  readonly #tcp: Tcp
  readonly #table: Table
  readonly #wheel: Wheel
  readonly #held = new Held()
  readonly #maxHeldBytes: number
  readonly #ids: KeyedHash
  #now: number
  #serial = 0
  #touched: Connection | undefined
  #working = false

  /** `now`: monotonic milliseconds, here and in every call. */
  constructor(link: Link, world: World, options: StackOptions, now: number) {
    this.#link = link
    this.#world = world
    this.#options = options
    this.#now = Math.floor(now)
    this.#hosts = new Hosts(world, options.ownAddress ? undefined : link.mac)
    this.#transmit = new Transmit(link)
    this.#intake = new Intake(
      link,
      this.#hosts,
      this.#transmit,
      this.stats,
      options.ownAddress,
      options.flows.trusting,
      world.random(8),
    )
    this.#wheel = new Wheel(now, (entry, at) =>
      entry instanceof Connection
        ? this.#expire(entry, at)
        : this.#handshake.expire(entry as Repeat, at),
    )
    this.#handshake = new Handshake(
      this.#intake,
      this.#transmit,
      world,
      options,
      this.stats,
      this.#wheel,
    )
    this.#tcp = new Tcp(this.#transmit, options.flows, (c, ending) => this.#close(c, ending))
    this.#table = new Table(options.flows.maxFlows)
    this.#maxHeldBytes = options.flows.maxHeldBytes ?? MAX_HELD_BYTES
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
  /** Bytes that all flows together hold. */
  get heldBytes(): number {
    return this.#held.bytes
  }

  /** Take up an address. */
  join(address: number): boolean {
    const host = this.#hosts.at(address, this.#now)
    if (host === undefined) return false
    if (this.#options.ownAddress) arp.join(this.#link, host, this.#options.gateway)
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
    const host = this.#intake.take(bytes, offset, length, checksums, this.#now)
    if (host !== undefined) this.#answerTcp(host)
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
    this.#transmit.resetFlow(c, latestSequence(c))
    this.stats.aborted++
    if (!this.#working) this.#world.wake()
    this.#close(c, ending)
  }

  settle(c: Connection): void {
    this.#held.settle(c)
  }

  flowId(c: Connection): string {
    const high = this.#ids.of(c.serial, 0, 0, 0) >>> 0
    return high.toString(16).padStart(8, '0') + (c.serial >>> 0).toString(16).padStart(8, '0')
  }

  signature(c: Connection): string {
    return this.#handshake.signature(c)
  }

  scanner(c: Connection): string {
    return this.#handshake.scanner(c)
  }

  #answerTcp(host: Host): void {
    const { segment: s, peer } = this.#intake
    if (this.#options.exempt(s.destinationPort)) {
      this.stats.exempt++
      return
    }
    const hash = this.#handshake.hash(host)
    const known = this.#table.find(
      hash,
      peer.address,
      s.sourcePort,
      host.address,
      s.destinationPort,
    )
    const kind = s.flags & (wire.SYN | wire.ACK | wire.RST | wire.FIN)
    if (known !== undefined && !(known.state === TIME_WAIT && kind === wire.SYN)) {
      this.#segmentOf(known)
      return
    }
    // RFC 9293 3.6.1: a new SYN may take over a connection in TIME-WAIT.
    if (known !== undefined) this.#close(known, undefined)
    if (kind === wire.SYN) this.#handshake.answerSyn(host, hash, this.#now)
    else if ((kind & (wire.ACK | wire.SYN | wire.RST)) === wire.ACK) this.#answerAck(host, hash)
    else this.#handshake.stray(host, hash, this.#now)
  }

  #segmentOf(c: Connection): void {
    const { segment, peer, bytes } = this.#intake
    this.stats.segments++
    c.macHigh = peer.macHigh
    c.macLow = peer.macLow
    this.#tcp.process(c, segment, bytes, this.#now)
    if (c.state === GONE) return
    if (this.#tcp.overBudget(c)) this.abort(c, 'budget')
    else this.touch(c)
  }

  /** A flow begins with the ACK that proves its handshake. */
  #answerAck(host: Host, hash: number): void {
    const now = this.#now
    const door = this.#handshake.prove(host, hash, now)
    if (door === SILENT) return
    const { segment: s, peer } = this.#intake
    const { opening, openingSequence } = this.#handshake
    if (this.#table.full) this.#evict(this.#table.leastValuable())
    this.#serial = (this.#serial + 1) | 0
    const c = new Connection(
      this,
      host,
      peer.address,
      host.words === undefined ? undefined : peer.words.slice(),
      peer.pseudo,
      s.sourcePort,
      s.destinationPort,
      hash,
      this.#serial,
      now,
      door,
      openingSequence,
    )
    c.macHigh = peer.macHigh
    c.macLow = peer.macLow
    this.#tcp.establish(c, s, (s.acknowledgment - 1) | 0, opening.mss, opening.scale)
    this.#table.add(c)
    this.stats.accepted++
    this.#wheel.arm(c, this.#tcp.deadline(c))
    this.#world.accept(c)
    this.#segmentOf(c)
  }

  #evict(victim: Connection | undefined): void {
    if (victim === undefined) return
    this.stats.evicted++
    this.#close(victim, victim.ending === undefined ? 'evicted' : undefined)
  }

  /** Too much is held: those who have held it longest give way, until it is not. */
  #relieve(): void {
    while (this.#held.bytes > this.#maxHeldBytes) {
      this.stats.evictedForBytes++
      this.#evict(this.#held.leastValuable())
    }
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
        this.#held.settle(c)
        if (this.#held.bytes > this.#maxHeldBytes) this.#relieve()
        const due = this.#tcp.due(c)
        if (due !== 0 && (c.deadline === 0 || due < c.deadline) && c.state !== GONE)
          this.#wheel.arm(c, due)
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
    c.queue = undefined
    c.assembler = undefined
    if (c.state === TIME_WAIT && ending !== undefined) this.#wheel.arm(c, this.#tcp.deadline(c))
    else {
      c.state = GONE
      c.retransmitAt = 0
      this.#wheel.disarm(c)
      this.#table.remove(c)
      this.lastClosed = c
    }
    this.#held.settle(c)
    if (!told && ending !== undefined) c.notify()
  }
}
