/**
 * UDP without connections: every datagram is recorded, whether its port is open, closed or silent, in
 * tables of fixed size; what goes out never outweighs what came in until the visitor's address is
 * proven. Nothing is allocated for a datagram to a port that is not open. The stack owns it.
 */
import type { Door } from '../event.ts'
import { HEADER_BYTES } from '../wire/udp.ts'
import { Budget } from './budget.ts'
import type { DoorMode } from './doors.ts'
import type { Ending } from './flow.ts'
import type { Host } from './host.ts'
import { KeyedHash } from './keyed-hash.ts'
import type { Peer } from './transmit.ts'
import type { UdpFlow, UdpOwner } from './udp-flow.ts'
import { blankUdpStats, type UdpStats } from './udp-stats.ts'
import { UdpTable } from './udp-table.ts'

/** Flows with ports that are open, and with all others: a flood of one kind does not touch the other. */
const OPEN_FLOWS = 8_192
const REFUSED_FLOWS = 8_192
/** A flow ends when nothing was heard of it for so long; who never pauses is reported after TOTAL_MS. */
export const IDLE_MS = 30_000
const TOTAL_MS = 600_000
/** Flows reported in a second; the others are counted, and only when their place in the table is needed. */
export const OPEN_REPORTS_PER_SECOND = 200
export const REFUSED_REPORTS_PER_SECOND = 50
/** At shutdown, of each kind. */
const FINAL_REPORTS = 2_000
/** Datagrams given to protocols in a second; the others are recorded, as by a server whose buffer is full. */
export const SERVED_PER_SECOND = 10_000
/** Bytes that a proven visitor may be ahead. */
export const PROVEN_AHEAD_BYTES = 8 * 1024
/** Answers within one flow: two servers set upon each other with a forged packet would never end. */
export const MAX_REPLIES = 1_000

/** What becomes of a datagram. */
export const RECORDED = 0
/** The port is closed: a port unreachable is due, as the persona sends it. */
export const REFUSED = 1
export const SERVED = 2
export type Outcome = 0 | 1 | 2

export interface UdpWorld {
  /** A datagram to an open port, of 1 byte or more. `payload` is a copy. */
  datagram(flow: UdpFlow, payload: Buffer): void
  /** Once for each reported flow, at its end. `payload`: a copy of its first bytes, at most MAX_KEPT_BYTES. */
  datagramsEnded(flow: UdpFlow, payload: Buffer, now: number): void
}

export type UdpOptions = {
  readonly world: UdpWorld
  readonly doors: DoorMode
  /** Of the link, in bytes. */
  readonly mtu: number
  /** 16 bytes. */
  readonly random: Uint8Array
  /** Has this source (int32 or name) completed a handshake of late? */
  readonly proven: (source: number, now: number) => boolean
  /** False: the link is full. */
  readonly send: (flow: UdpFlow, payload: Uint8Array) => boolean
}

export class Udp implements UdpOwner {
  readonly stats: UdpStats = blankUdpStats()
  readonly #options: UdpOptions
  readonly #hash: KeyedHash
  readonly #ids: KeyedHash
  readonly #open = new UdpTable(this, OPEN_FLOWS, new Budget(OPEN_REPORTS_PER_SECOND))
  readonly #refused = new UdpTable(this, REFUSED_FLOWS, new Budget(REFUSED_REPORTS_PER_SECOND))
  readonly #served = new Budget(SERVED_PER_SECOND)
  #serial = 0

  constructor(options: UdpOptions) {
    this.#options = options
    this.#hash = new KeyedHash(options.random.subarray(0, 8))
    this.#ids = new KeyedHash(options.random.subarray(8, 16))
  }

  get flows(): number {
    return this.#open.size + this.#refused.size
  }

  /** One datagram: `length` bytes of payload at `offset` (lent). `now` in monotonic ms. */
  receive(
    host: Host,
    peer: Peer,
    bytes: Uint8Array,
    offset: number,
    length: number,
    now: number,
  ): Outcome {
    const { stats } = this
    const shown = host.persona.door('udp', peer.localPort)
    const all = this.#options.doors === 'all'
    const door = shown === 'open' ? 'persona' : all ? 'all' : undefined
    const table = door === undefined ? this.#refused : this.#open
    const flow = this.#flow(table, host, peer, door, now)
    flow.macHigh = peer.macHigh
    flow.macLow = peer.macLow
    flow.lastAt = now
    flow.datagramsIn++
    flow.bytesIn += length
    table.keep(flow, bytes, offset, length)
    table.renew(flow)
    stats.datagrams++
    if (door === undefined) {
      if (shown === 'silent') {
        stats.silent++
        return RECORDED
      }
      stats.refused++
      return REFUSED
    }
    if (length === 0) {
      stats.empty++
      return RECORDED
    }
    if (!this.#served.spend(now)) {
      stats.unserved++
      return RECORDED
    }
    stats.served++
    flow.shown = true
    this.#options.world.datagram(flow, Buffer.from(bytes.subarray(offset, offset + length)))
    return SERVED
  }

  /**
   * Bytes that may go out in the next datagram; negative: none may. To a visitor who is not proven
   * never more bytes, and never more datagrams, than came from it.
   */
  allowance(flow: UdpFlow, proven: boolean): number {
    if (flow.ending !== undefined || flow.remotePort === 0) return -1
    if (flow.datagramsOut >= (proven ? MAX_REPLIES : Math.min(flow.datagramsIn, MAX_REPLIES)))
      return -1
    const owed = flow.bytesIn - flow.bytesOut + (proven ? PROVEN_AHEAD_BYTES : 0)
    return Math.min(owed, this.#options.mtu - flow.host.headerBytes - HEADER_BYTES)
  }

  /** Flows that are idle are reported and forgotten, as many as may be; call once a second or more often. */
  expire(now: number): void {
    this.#expire(this.#open, now)
    this.#expire(this.#refused, now)
  }

  /** Shutdown: no flow is continued. */
  closeAll(now: number): void {
    for (const table of [this.#open, this.#refused])
      for (let left = FINAL_REPORTS; table.oldest !== undefined; left--)
        this.#end(table, table.oldest, 'shutdown', left > 0, now)
  }

  // UdpOwner: what flows ask of us.

  flowId(flow: UdpFlow): string {
    const high = this.#ids.of(flow.serial, 0, 0, 0) >>> 0
    return high.toString(16).padStart(8, '0') + (flow.serial >>> 0).toString(16).padStart(8, '0')
  }

  room(flow: UdpFlow): number {
    return this.allowance(flow, this.#options.proven(flow.remoteAddress, flow.lastAt))
  }

  reply(flow: UdpFlow, payload: Uint8Array): boolean {
    if (payload.length > this.room(flow)) {
      this.stats.repliesRefused++
      return false
    }
    if (!this.#options.send(flow, payload)) {
      this.stats.repliesLost++
      return false
    }
    flow.bytesOut += payload.length
    flow.datagramsOut++
    this.stats.replies++
    return true
  }

  /** The flow that the datagram belongs to; it begins with it if need be. */
  #flow(table: UdpTable, host: Host, peer: Peer, door: Door | undefined, now: number): UdpFlow {
    const ports = (peer.port << 16) | peer.localPort
    const hash = this.#hash.of(peer.address, host.address, ports, 0)
    const known = table.find(hash, host, peer)
    if (known !== undefined) {
      const idle = now - known.lastAt >= IDLE_MS
      if (!idle && now - known.openedAt < TOTAL_MS) return known
      this.#end(table, known, idle ? 'idle' : 'expired', table.reports.spend(now), now)
    } else if (table.full && table.oldest !== undefined) {
      this.stats.evicted++
      const idle = now - table.oldest.lastAt >= IDLE_MS
      this.#end(table, table.oldest, idle ? 'idle' : 'evicted', table.reports.spend(now), now)
    }
    this.#serial = (this.#serial + 1) | 0
    const flow = table.take(host)
    flow.begin(host, peer, hash, this.#serial, door)
    flow.openedAt = now
    flow.lastAt = now
    table.add(flow)
    this.stats.flows++
    return flow
  }

  #expire(table: UdpTable, now: number): void {
    for (let flow = table.oldest; flow !== undefined; flow = table.oldest) {
      if (now - flow.lastAt < IDLE_MS || !table.reports.spend(now)) return
      this.#end(table, flow, 'idle', true, now)
    }
  }

  #end(table: UdpTable, flow: UdpFlow, ending: Ending, reported: boolean, now: number): void {
    const { stats } = this
    table.remove(flow)
    if (reported) {
      stats.reported++
      flow.ending = ending
      flow.shown = true
      this.#options.world.datagramsEnded(flow, table.payload(flow), now)
    } else {
      // What somebody may still hold ends too.
      if (flow.shown) flow.ending = ending
      stats.unreported++
      stats.unreportedDatagrams += flow.datagramsIn
      stats.unreportedBytes += flow.bytesIn
    }
    table.release(flow)
  }
}
