/**
 * UDP flows by address and port: keyed hash, chained, bounded, in the order in which they were last
 * heard of. Objects that nobody outside has seen are used again: a flood allocates nothing.
 */
import type { Budget } from './budget.ts'
import type { Host } from './host.ts'
import type { Peer } from './transmit.ts'
import { UdpFlow, type UdpOwner } from './udp-flow.ts'

/** First bytes of a flow that its event keeps. */
export const MAX_KEPT_BYTES = 512

export class UdpTable {
  /** The one that was silent for longest. */
  oldest: UdpFlow | undefined
  size = 0
  /** How many of its flows are reported in a second. */
  readonly reports: Budget
  readonly #limit: number
  readonly #owner: UdpOwner
  readonly #heads: (UdpFlow | undefined)[]
  /** One place for each flow: the system gives memory to those that were ever in use. */
  readonly #payloads: Uint8Array
  readonly #free: UdpFlow[] = []
  readonly #freeSlots: number[] = []
  #slots = 0
  #newest: UdpFlow | undefined

  /** `limit`: a power of two. */
  constructor(owner: UdpOwner, limit: number, reports: Budget) {
    this.reports = reports
    this.#owner = owner
    this.#limit = limit
    this.#heads = new Array(limit).fill(undefined)
    this.#payloads = new Uint8Array(limit * MAX_KEPT_BYTES)
  }

  get full(): boolean {
    return this.size >= this.#limit
  }

  /** A host is of one persona: after a rotation the same ports are another flow. */
  find(hash: number, host: Host, peer: Peer): UdpFlow | undefined {
    let flow = this.#heads[hash & (this.#limit - 1)]
    while (
      flow !== undefined &&
      (flow.remotePort !== peer.port ||
        flow.localPort !== peer.localPort ||
        flow.remoteAddress !== peer.address ||
        flow.host !== host)
    )
      flow = flow.hashNext
    return flow
  }

  /** A place for a new flow, not yet in the table. Only when the table is not full. */
  take(host: Host): UdpFlow {
    return (
      this.#free.pop() ?? new UdpFlow(this.#owner, this.#freeSlots.pop() ?? this.#slots++, host)
    )
  }

  /** `flow.hash` and its ends are set. */
  add(flow: UdpFlow): void {
    const head = flow.hash & (this.#limit - 1)
    flow.hashNext = this.#heads[head]
    this.#heads[head] = flow
    this.size++
    this.#append(flow)
  }

  /** It was heard of. */
  renew(flow: UdpFlow): void {
    if (flow === this.#newest) return
    this.#unlink(flow)
    this.#append(flow)
  }

  remove(flow: UdpFlow): void {
    const head = flow.hash & (this.#limit - 1)
    let at = this.#heads[head]
    if (at === flow) this.#heads[head] = flow.hashNext
    else {
      while (at !== undefined && at.hashNext !== flow) at = at.hashNext
      if (at !== undefined) at.hashNext = flow.hashNext
    }
    flow.hashNext = undefined
    this.size--
    this.#unlink(flow)
  }

  /** Its place is free for another; after `remove`, when its payload is no longer wanted. */
  release(flow: UdpFlow): void {
    if (flow.shown) this.#freeSlots.push(flow.slot)
    else this.#free.push(flow)
  }

  keep(flow: UdpFlow, bytes: Uint8Array, offset: number, length: number): void {
    const kept = flow.keptBytes
    const more = Math.min(length, MAX_KEPT_BYTES - kept)
    const to = flow.slot * MAX_KEPT_BYTES + kept
    for (let i = 0; i < more; i++) this.#payloads[to + i] = bytes[offset + i] as number
    flow.keptBytes = kept + more
  }

  /** A copy of what is kept. */
  payload(flow: UdpFlow): Buffer {
    const at = flow.slot * MAX_KEPT_BYTES
    return Buffer.from(this.#payloads.subarray(at, at + flow.keptBytes))
  }

  #append(flow: UdpFlow): void {
    flow.older = this.#newest
    flow.newer = undefined
    if (this.#newest === undefined) this.oldest = flow
    else this.#newest.newer = flow
    this.#newest = flow
  }

  #unlink(flow: UdpFlow): void {
    if (flow.older === undefined) this.oldest = flow.newer
    else flow.older.newer = flow.newer
    if (flow.newer === undefined) this.#newest = flow.older
    else flow.newer.older = flow.older
    flow.older = undefined
    flow.newer = undefined
  }
}
