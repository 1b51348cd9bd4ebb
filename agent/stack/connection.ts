/**
 * One TCP connection: its state in plain fields, and the Flow that whoever serves it sees.
 * What moves the state is in tcp.ts. Made with the first valid ACK, never before.
 */
import type { Endpoint } from '../../protocols/protocol.ts'
import type { Persona } from '../../rotation/persona.ts'
import type { Door } from '../event.ts'
import { addressText6 } from '../wire/address6.ts'
import { addressText } from '../wire/ipv4.ts'
import type { Assembler } from './assembler.ts'
import { type DoorCode, doorName } from './doors.ts'
import type { Ending, Flow } from './flow.ts'
import type { Host } from './host.ts'
import { HIGH_WATER_BYTES, SendQueue } from './send-queue.ts'
import type { Timed } from './wheel.ts'

/** States of RFC 9293 3.3.2 that a passive opener can be in after the handshake. */
export const ESTABLISHED = 0
export const CLOSE_WAIT = 1
export const FIN_WAIT_1 = 2
export const FIN_WAIT_2 = 3
export const CLOSING = 4
export const LAST_ACK = 5
export const TIME_WAIT = 6
export const CLOSED = 7

/** Bytes that may wait for whoever serves the flow, at most: the largest receive window of a persona. */
export const MAX_RECEIVE_WINDOW_BYTES = 262_656
/** A new write is refused (and the flow reset) above this: a server that ignores back-pressure is our bug. */
export const MAX_QUEUE_BYTES = 4 * 1024 * 1024

/** What a connection needs of the stack that made it. */
export interface Owner {
  /** Put the connection on the list of those to serve and send for, and see that the list is worked off soon. */
  touch(connection: Connection): void
  /** Send a reset and forget the connection. */
  abort(connection: Connection, ending: Ending): void
  /** The connection holds more or fewer bytes than before. */
  settle(connection: Connection): void
  flowId(connection: Connection): string
  signature(connection: Connection): string
  scanner(connection: Connection): string
}

export class Connection implements Flow, Timed {
  readonly owner: Owner
  readonly host: Host
  /** int32; of IPv6 its name, with the address itself in `remoteWords`. */
  readonly remoteAddress: number
  readonly remoteWords: Int32Array | undefined
  /** Partial sum of the TCP pseudo-header. */
  readonly pseudo: number
  readonly remotePort: number
  readonly localPort: number
  readonly hash: number
  readonly serial: number
  readonly openedAt: number
  readonly doorCode: DoorCode
  /** Sequence number of the opening SYN. */
  readonly openingSequence: number
  macHigh = 0
  macLow = 0
  state: number = ESTABLISHED
  // Receive sequence space.
  receiveNext = 0
  advertised = 0
  // Send sequence space (RFC 9293 3.3.1).
  sendUnacknowledged = 0
  sendNext = 0
  sendMax = 0
  sendWindow = 0
  windowSequence = 0
  windowAcknowledgment = 0
  sendShift = 0
  receiveShift = 0
  /** Bytes: the persona's window, and what may wait unread. */
  receiveWindow = 0
  /** An acknowledgement without data is owed by then, in ms; 0: none. */
  acknowledgeAt = 0
  /** Segments with data since the last acknowledgement. */
  unacknowledged = 0
  maxSegment = 536
  timestamps = false
  recentTimestamp = 0
  // Congestion and retransmission (RFC 5681, RFC 6298); times in ms, 0: not running.
  congestionWindow = 0
  slowStartThreshold = 0x7fffffff
  duplicateAcks = 0
  retransmitAt = 0
  retransmitMs = 1000
  retransmits = 0
  smoothedRtt = 0
  rttVariance = 0
  timedSequence = 0
  timedAt = 0
  challengedAt = 0
  lastActivity = 0
  ipId = 0
  bytesIn = 0
  bytesOut = 0
  acknowledgeNow = false
  finWanted = false
  finReceived = false
  touched = false
  news = false
  ending: Ending | undefined = undefined
  queue: SendQueue | undefined = undefined
  assembler: Assembler | undefined = undefined
  onActivity: (() => void) | undefined = undefined
  // Links of the tables the connection is in.
  hashNext: Connection | undefined = undefined
  touchedNext: Connection | undefined = undefined
  heldCounted = 0
  heldNext: Connection | undefined = undefined
  heldPrevious: Connection | undefined = undefined
  deadline = 0
  timerNext: Timed | undefined = undefined
  timerPrevious: Timed | undefined = undefined
  #inbox: Buffer | undefined = undefined
  #inboxBytes = 0
  #ready: (() => void) | undefined = undefined
  #drained: (() => void) | undefined = undefined

  constructor(
    owner: Owner,
    host: Host,
    remoteAddress: number,
    remoteWords: Int32Array | undefined,
    pseudo: number,
    remotePort: number,
    localPort: number,
    hash: number,
    serial: number,
    openedAt: number,
    doorCode: DoorCode,
    openingSequence: number,
  ) {
    this.owner = owner
    this.host = host
    this.remoteAddress = remoteAddress
    this.remoteWords = remoteWords
    this.pseudo = pseudo
    this.remotePort = remotePort
    this.localPort = localPort
    this.hash = hash
    this.serial = serial
    this.openedAt = openedAt
    this.doorCode = doorCode
    this.openingSequence = openingSequence
    this.lastActivity = openedAt
  }

  get id(): string {
    return this.owner.flowId(this)
  }
  get remote(): Endpoint {
    const { remoteWords: words, remoteAddress } = this
    const address = words === undefined ? addressText(remoteAddress) : addressText6(words)
    return { address, port: this.remotePort }
  }
  get local(): Endpoint {
    return { address: this.host.text, port: this.localPort }
  }
  get persona(): Persona {
    return this.host.persona
  }
  get door(): Door {
    return doorName(this.doorCode)
  }
  get signature(): string {
    return this.owner.signature(this)
  }
  get scanner(): string {
    return this.owner.scanner(this)
  }
  get ended(): boolean {
    return this.finReceived || this.ending !== undefined
  }
  get unread(): number {
    return this.#inboxBytes
  }
  /** Bytes of memory that wait here, unread, out of order or unacknowledged. What a closed one left unread is its server's. */
  get held(): number {
    if (this.state === CLOSED) return 0
    return (
      (this.#inbox === undefined ? 0 : this.#inbox.length) +
      (this.assembler === undefined ? 0 : this.assembler.bytes) +
      (this.queue === undefined ? 0 : this.queue.bytes)
    )
  }

  take(): Buffer | undefined {
    const inbox = this.#inbox
    if (inbox === undefined) return undefined
    const bytes = this.#inboxBytes === inbox.length ? inbox : inbox.subarray(0, this.#inboxBytes)
    this.#inbox = undefined
    this.#inboxBytes = 0
    // What is not yet counted will be when the connection is served.
    if (this.heldCounted !== 0) this.owner.settle(this)
    // RFC 9293 3.8.6.2.2: tell of a window that has grown by half the buffer.
    if (this.ending === undefined && this.advertised <= this.receiveWindow / 2) {
      this.acknowledgeNow = true
      this.owner.touch(this)
    }
    return bytes
  }

  /** In-order bytes for whoever serves the flow; the caller keeps them within the window. */
  deliver(bytes: Uint8Array, offset: number, length: number): void {
    const held = this.#inbox
    const total = this.#inboxBytes + length
    let inbox = held
    if (inbox === undefined || total > inbox.length) {
      inbox = Buffer.allocUnsafe(held === undefined ? length : Math.max(total, 2 * held.length))
      if (held !== undefined) held.copy(inbox, 0, 0, this.#inboxBytes)
      this.#inbox = inbox
    }
    for (let i = 0, at = this.#inboxBytes; i < length; i++)
      inbox[at + i] = bytes[offset + i] as number
    this.#inboxBytes = total
    this.bytesIn += length
    this.news = true
  }

  wait(ready: () => void): void {
    if (this.#inbox !== undefined || this.ended) ready()
    else this.#ready = ready
  }

  write(bytes: Uint8Array): boolean {
    if (this.ending !== undefined || this.finWanted) return true
    this.queue ??= new SendQueue()
    if (this.queue.length + bytes.length > MAX_QUEUE_BYTES) {
      this.owner.abort(this, 'budget')
      return true
    }
    this.queue.push(bytes)
    this.owner.touch(this)
    return this.queue.length < HIGH_WATER_BYTES
  }

  drained(ready: () => void): void {
    if (this.ending !== undefined || (this.queue?.length ?? 0) < HIGH_WATER_BYTES) ready()
    else this.#drained = ready
  }

  end(): void {
    if (this.finWanted || this.ending !== undefined) return
    this.finWanted = true
    this.owner.touch(this)
  }

  reset(): void {
    if (this.ending === undefined) this.owner.abort(this, 'shutdown')
  }

  /** Tell whoever serves the flow that there is something new. */
  notify(): void {
    this.news = false
    const ready = this.#ready
    this.#ready = undefined
    ready?.()
    this.onActivity?.()
    if (
      this.#drained !== undefined &&
      (this.ending !== undefined || (this.queue?.length ?? 0) < HIGH_WATER_BYTES)
    ) {
      const drained = this.#drained
      this.#drained = undefined
      drained()
    }
  }

  nextIpId(): number {
    const rule = this.host.persona.traits.ipid.flow
    if (rule !== 'flow-counter') return this.host.ipId(rule, this.remoteAddress)
    this.ipId = (this.ipId + 1) & 0xffff
    return this.ipId
  }
}
