/**
 * The connections: from the ACK that proves a handshake to the last segment. Serves who has news, sends
 * what is due, and gives up the least valuable when there are too many.
 */
import { Connection, CLOSED as GONE, type Owner, TIME_WAIT } from './connection.ts'
import type { DoorCode } from './doors.ts'
import type { Ending } from './flow.ts'
import type { Handshake } from './handshake.ts'
import { Held, MAX_HELD_BYTES } from './held.ts'
import type { Host } from './host.ts'
import type { Intake } from './intake.ts'
import { KeyedHash } from './keyed-hash.ts'
import type { StackStats } from './stats.ts'
import { Table } from './table.ts'
import { latestSequence, Tcp } from './tcp.ts'
import type { Transmit } from './transmit.ts'
import type { Wheel } from './wheel.ts'
import type { StackOptions, World } from './world.ts'

export class Connections implements Owner {
  /** The stack's time, in ms. */
  now = 0
  readonly #world: World
  readonly #transmit: Transmit
  readonly #intake: Intake
  readonly #handshake: Handshake
  readonly #wheel: Wheel
  readonly #stats: StackStats
  readonly #tcp: Tcp
  readonly #table: Table
  readonly #held = new Held()
  readonly #maxHeldBytes: number
  readonly #ids: KeyedHash
  readonly #idBytes = Buffer.alloc(8)
  #serial = 0
  #touched: Connection | undefined
  #working = false
  /**
   * Held so that there is always one connection: at a full collection V8 throws away all code that was
   * compiled for a shape of which no object lives, and a sensor without visitors would start cold.
   */
  lastClosed: Connection | undefined

  constructor(
    world: World,
    options: StackOptions,
    transmit: Transmit,
    intake: Intake,
    handshake: Handshake,
    wheel: Wheel,
    stats: StackStats,
  ) {
    this.#world = world
    this.#transmit = transmit
    this.#intake = intake
    this.#handshake = handshake
    this.#wheel = wheel
    this.#stats = stats
    this.#tcp = new Tcp(transmit, options.flows, (c, ending) => this.close(c, ending))
    this.#table = new Table(options.flows.maxFlows)
    this.#maxHeldBytes = options.flows.maxHeldBytes ?? MAX_HELD_BYTES
    this.#ids = new KeyedHash(world.random(8))
  }

  get size(): number {
    return this.#table.size
  }
  get heldBytes(): number {
    return this.#held.bytes
  }

  /** Of the segment at hand. */
  find(host: Host, hash: number): Connection | undefined {
    const { address, port, localPort } = this.#intake.peer
    return this.#table.find(hash, address, port, host.address, localPort)
  }

  // Owner: what connections ask of us.

  touch(c: Connection): void {
    if (c.touched) return
    c.touched = true
    c.touchedNext = this.#touched
    this.#touched = c
    this.wake()
  }

  abort(c: Connection, ending: Ending): void {
    if (c.state === GONE) return
    this.#transmit.resetFlow(c, latestSequence(c))
    this.#stats.aborted++
    this.wake()
    this.close(c, ending)
  }

  /** Something is to be sent: soon, unless it is being seen to. */
  wake(): void {
    if (!this.#working) this.#world.wake()
  }

  settle(c: Connection): void {
    this.#held.settle(c)
  }

  flowId(c: Connection): string {
    const id = this.#idBytes
    id.writeInt32BE(this.#ids.of(c.serial, 0, 0, 0), 0)
    id.writeInt32BE(c.serial, 4)
    return id.toString('hex')
  }

  signature(c: Connection): string {
    return this.#handshake.signature(c)
  }

  scanner(c: Connection): string {
    return this.#handshake.scanner(c)
  }

  /** The segment at hand is of this connection. */
  segmentOf(c: Connection): void {
    const { segment, peer, bytes } = this.#intake
    this.#stats.segments++
    c.macHigh = peer.macHigh
    c.macLow = peer.macLow
    this.#tcp.process(c, segment, bytes, this.now)
    if (c.state === GONE) return
    if (this.#tcp.overBudget(c)) this.abort(c, 'budget')
    else this.touch(c)
  }

  /** A flow begins with the segment at hand, which has proven its handshake. */
  open(host: Host, hash: number, door: DoorCode): void {
    const { now } = this
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
    this.#stats.accepted++
    this.#wheel.arm(c, this.#tcp.deadline(c))
    this.#world.accept(c)
    this.segmentOf(c)
  }

  /** Reset every one. */
  closeAll(): void {
    this.#table.each((c) => {
      if (c.state === TIME_WAIT) this.close(c, undefined)
      else this.abort(c, 'shutdown')
    })
    this.work()
  }

  #evict(victim: Connection | undefined): void {
    if (victim === undefined) return
    this.#stats.evicted++
    this.close(victim, victim.ending === undefined ? 'evicted' : undefined)
  }

  /** Too much is held: those who have held it longest give way, until it is not. */
  #relieve(): void {
    while (this.#held.bytes > this.#maxHeldBytes) {
      this.#stats.evictedForBytes++
      this.#evict(this.#held.leastValuable())
    }
  }

  /** Serve and send for every touched connection; those touched meanwhile are worked off in the same turn. */
  work(): void {
    this.#working = true
    while (this.#touched !== undefined) {
      let c: Connection | undefined = this.#touched
      this.#touched = undefined
      while (c !== undefined) {
        const next: Connection | undefined = c.touchedNext
        c.touched = false
        c.touchedNext = undefined
        if (c.news) c.notify()
        this.#tcp.output(c, this.now)
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

  expire(c: Connection, now: number): void {
    if (c.state === GONE) return
    const next = this.#tcp.timer(c, now)
    if (next > 0) this.#wheel.arm(c, next)
  }

  /** The end: for whoever serves the flow (with an ending), and for the table unless it stays in TIME-WAIT. */
  close(c: Connection, ending: Ending | undefined): void {
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
