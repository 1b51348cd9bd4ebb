/**
 * SYN-ACKs that are sent again in the persona's rhythm, for visitors whose address is proven; whoever
 * forges addresses gets one answer for each SYN and no more. Bounded in number and in packets a second.
 */

import * as tcp from '../wire/tcp.ts'
import type { Host } from './host.ts'
import type { StackStats } from './stats.ts'
import { blankPeer, type Offer, type Peer, type Transmit } from './transmit.ts'
import type { Timed, Wheel } from './wheel.ts'

/** Handshakes that are waited for at once. */
const MAX_WAITING = 256
/** Of one source. */
const MAX_PER_SOURCE = 16
/** SYN-ACKs repeated in a second. */
const MAX_PER_SECOND = 100
const SECOND_MS = 1_000

export class Repeat implements Timed {
  deadline = 0
  timerNext: Timed | undefined = undefined
  timerPrevious: Timed | undefined = undefined
  host: Host | undefined = undefined
  hash = 0
  step = 0
  readonly peer: Peer = blankPeer()
  readonly offer: Offer = {
    isn: 0,
    acknowledgment: 0,
    ecn: false,
    scale: -1,
    mss: 0,
    sack: false,
    timestamps: false,
    timestampValue: 0,
  }
}

export class Repeats {
  readonly #transmit: Transmit
  readonly #wheel: Wheel
  readonly #stats: StackStats
  readonly #entries: Repeat[] = []
  readonly #free: Repeat[] = []
  #waiting = 0
  #second = 0
  #sent = 0

  constructor(transmit: Transmit, wheel: Wheel, stats: StackStats) {
    this.#transmit = transmit
    this.#wheel = wheel
    this.#stats = stats
  }

  /** A SYN-ACK has just gone out; `peer` and `offer` are lent. */
  add(host: Host, peer: Peer, offer: Offer, hash: number, now: number): void {
    const [gap] = host.persona.traits.synAckRepeats
    if (gap === undefined || this.#waiting >= MAX_WAITING) return
    let same = 0
    for (const entry of this.#entries) {
      if (entry.host === undefined || entry.peer.address !== peer.address) continue
      // A repeated SYN: what is waited for already.
      if (entry.hash === hash && entry.offer.acknowledgment === offer.acknowledgment) return
      if (++same >= MAX_PER_SOURCE) return
    }
    let entry = this.#free.pop()
    if (entry === undefined) {
      entry = new Repeat()
      this.#entries.push(entry)
    }
    this.#waiting++
    entry.host = host
    entry.hash = hash
    entry.step = 0
    const { words } = entry.peer
    words.set(peer.words)
    Object.assign(entry.peer, peer, { words })
    Object.assign(entry.offer, offer)
    this.#wheel.arm(entry, now + gap * SECOND_MS)
  }

  /** The handshake of this conversation is over. */
  done(hash: number): void {
    if (this.#waiting === 0) return
    for (const entry of this.#entries)
      if (entry.host !== undefined && entry.hash === hash) this.#drop(entry)
  }

  expire(entry: Repeat, now: number): void {
    const { host, peer, offer } = entry
    if (host === undefined) return
    const { synAckRepeats, synAckReset } = host.persona.traits
    if (entry.step >= synAckRepeats.length) {
      if (synAckReset !== undefined && this.#maySend(now))
        this.#transmit.reset(host, peer, (offer.isn + 1) | 0, 0, tcp.RST)
      this.#drop(entry)
      return
    }
    if (this.#maySend(now)) {
      this.#stats.synAcksRepeated++
      this.#transmit.synAck(host, peer, offer, now)
    }
    entry.step++
    const gap = synAckRepeats[entry.step] ?? synAckReset
    if (gap === undefined) this.#drop(entry)
    else this.#wheel.arm(entry, now + gap * SECOND_MS)
  }

  #maySend(now: number): boolean {
    const second = Math.floor(now / SECOND_MS)
    if (second !== this.#second) {
      this.#second = second
      this.#sent = 0
    }
    return ++this.#sent <= MAX_PER_SECOND
  }

  #drop(entry: Repeat): void {
    entry.host = undefined
    this.#wheel.disarm(entry)
    this.#free.push(entry)
    this.#waiting--
  }
}
