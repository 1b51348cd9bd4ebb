/**
 * What a connection knows, small: 100,000 are held. Most visitors never speak: what those do not need is in
 * talk.ts and made when it is first asked to differ; small values share an integer.
 */
import type { Assembler } from './assembler.ts'
import type { Connection, Owner } from './connection.ts'
import type { DoorCode } from './doors.ts'
import type { Ending } from './flow.ts'
import type { Host } from './host.ts'
import type { SendQueue } from './send-queue.ts'
import { NO_THRESHOLD, Talk } from './talk.ts'
import type { Timed } from './wheel.ts'

/** RFC 6928: initial window of ten segments. */
const INITIAL_SEGMENTS = 10

// Bits 0 to 2: the state.
const DOOR_AT = 3
const SEND_SHIFT_AT = 6
const RECEIVE_SHIFT_AT = 10
const TIMESTAMPS = 1 << 14
const ACKNOWLEDGE_NOW = 1 << 15
const FIN_WANTED = 1 << 16
const FIN_RECEIVED = 1 << 17
const TOUCHED = 1 << 18
const NEWS = 1 << 19

export class ConnectionState implements Timed {
  readonly owner: Owner
  readonly host: Host
  /** int32; of IPv6 its name, with the address itself in `remoteWords`. */
  readonly remoteAddress: number
  readonly remoteWords: Int32Array | undefined
  /** Partial sum of the TCP pseudo-header. */
  readonly pseudo: number
  /** The visitor's port << 16 | ours. */
  readonly ports: number
  readonly hash: number
  readonly serial: number
  readonly openedAt: number
  /** Sequence number of the opening SYN. */
  readonly openingSequence: number
  macHigh = 0
  macLow = 0
  // Receive sequence space.
  receiveNext = 0
  advertised = 0
  /** Bytes: the persona's window, and what may wait unread. */
  receiveWindow = 0
  // Send sequence space (RFC 9293 3.3.1).
  sendUnacknowledged = 0
  sendNext = 0
  sendMax = 0
  sendWindow = 0
  windowSequence = 0
  windowAcknowledgment = 0
  maxSegment = 536
  recentTimestamp = 0
  lastActivity = 0
  ipId = 0
  bytesIn = 0
  ending: Ending | undefined = undefined
  onActivity: (() => void) | undefined = undefined
  // Links of the tables the connection is in.
  hashNext: Connection | undefined = undefined
  touchedNext: Connection | undefined = undefined
  deadline = 0
  timerNext: Timed | undefined = undefined
  timerPrevious: Timed | undefined = undefined
  /** Small values together: see the accessors. */
  #bits = 0
  protected talk: Talk | undefined = undefined

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
    this.ports = (remotePort << 16) | localPort
    this.hash = hash
    this.serial = serial
    this.openedAt = openedAt
    this.openingSequence = openingSequence
    this.lastActivity = openedAt
    this.#bits = doorCode << DOOR_AT
  }

  get remotePort(): number {
    return this.ports >>> 16
  }
  get localPort(): number {
    return this.ports & 0xffff
  }
  get doorCode(): DoorCode {
    return ((this.#bits >> DOOR_AT) & 7) as DoorCode
  }
  get state(): number {
    return this.#bits & 7
  }
  set state(value: number) {
    this.#bits = (this.#bits & ~7) | value
  }
  get sendShift(): number {
    return (this.#bits >> SEND_SHIFT_AT) & 15
  }
  set sendShift(value: number) {
    this.#bits = (this.#bits & ~(15 << SEND_SHIFT_AT)) | (value << SEND_SHIFT_AT)
  }
  get receiveShift(): number {
    return (this.#bits >> RECEIVE_SHIFT_AT) & 15
  }
  set receiveShift(value: number) {
    this.#bits = (this.#bits & ~(15 << RECEIVE_SHIFT_AT)) | (value << RECEIVE_SHIFT_AT)
  }
  get timestamps(): boolean {
    return (this.#bits & TIMESTAMPS) !== 0
  }
  set timestamps(on: boolean) {
    this.#bits = on ? this.#bits | TIMESTAMPS : this.#bits & ~TIMESTAMPS
  }
  get acknowledgeNow(): boolean {
    return (this.#bits & ACKNOWLEDGE_NOW) !== 0
  }
  set acknowledgeNow(on: boolean) {
    this.#bits = on ? this.#bits | ACKNOWLEDGE_NOW : this.#bits & ~ACKNOWLEDGE_NOW
  }
  get finWanted(): boolean {
    return (this.#bits & FIN_WANTED) !== 0
  }
  set finWanted(on: boolean) {
    this.#bits = on ? this.#bits | FIN_WANTED : this.#bits & ~FIN_WANTED
  }
  get finReceived(): boolean {
    return (this.#bits & FIN_RECEIVED) !== 0
  }
  set finReceived(on: boolean) {
    this.#bits = on ? this.#bits | FIN_RECEIVED : this.#bits & ~FIN_RECEIVED
  }
  get touched(): boolean {
    return (this.#bits & TOUCHED) !== 0
  }
  set touched(on: boolean) {
    this.#bits = on ? this.#bits | TOUCHED : this.#bits & ~TOUCHED
  }
  get news(): boolean {
    return (this.#bits & NEWS) !== 0
  }
  set news(on: boolean) {
    this.#bits = on ? this.#bits | NEWS : this.#bits & ~NEWS
  }

  // What a silent visitor never has; asked for or set to what it is anyway, it is not made.

  get congestionWindow(): number {
    return this.talk === undefined ? this.initialWindow : this.talk.congestionWindow
  }
  set congestionWindow(value: number) {
    if (this.talk !== undefined || value !== this.initialWindow)
      this.talking.congestionWindow = value
  }
  get slowStartThreshold(): number {
    return this.talk === undefined ? NO_THRESHOLD : this.talk.slowStartThreshold
  }
  set slowStartThreshold(value: number) {
    if (this.talk !== undefined || value !== NO_THRESHOLD) this.talking.slowStartThreshold = value
  }
  get retransmitMs(): number {
    return this.talk === undefined ? this.host.persona.traits.retransmitMs : this.talk.retransmitMs
  }
  set retransmitMs(value: number) {
    if (this.talk !== undefined || value !== this.host.persona.traits.retransmitMs)
      this.talking.retransmitMs = value
  }
  get duplicateAcks(): number {
    return this.talk === undefined ? 0 : this.talk.duplicateAcks
  }
  set duplicateAcks(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.duplicateAcks = value
  }
  get retransmitAt(): number {
    return this.talk === undefined ? 0 : this.talk.retransmitAt
  }
  set retransmitAt(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.retransmitAt = value
  }
  get retransmits(): number {
    return this.talk === undefined ? 0 : this.talk.retransmits
  }
  set retransmits(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.retransmits = value
  }
  get smoothedRtt(): number {
    return this.talk === undefined ? 0 : this.talk.smoothedRtt
  }
  set smoothedRtt(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.smoothedRtt = value
  }
  get rttVariance(): number {
    return this.talk === undefined ? 0 : this.talk.rttVariance
  }
  set rttVariance(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.rttVariance = value
  }
  get timedSequence(): number {
    return this.talk === undefined ? 0 : this.talk.timedSequence
  }
  set timedSequence(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.timedSequence = value
  }
  get timedAt(): number {
    return this.talk === undefined ? 0 : this.talk.timedAt
  }
  set timedAt(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.timedAt = value
  }
  get challengedAt(): number {
    return this.talk === undefined ? 0 : this.talk.challengedAt
  }
  set challengedAt(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.challengedAt = value
  }
  get acknowledgeAt(): number {
    return this.talk === undefined ? 0 : this.talk.acknowledgeAt
  }
  set acknowledgeAt(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.acknowledgeAt = value
  }
  get unacknowledged(): number {
    return this.talk === undefined ? 0 : this.talk.unacknowledged
  }
  set unacknowledged(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.unacknowledged = value
  }
  get bytesOut(): number {
    return this.talk === undefined ? 0 : this.talk.bytesOut
  }
  set bytesOut(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.bytesOut = value
  }
  get heldCounted(): number {
    return this.talk === undefined ? 0 : this.talk.heldCounted
  }
  set heldCounted(value: number) {
    if (this.talk !== undefined || value !== 0) this.talking.heldCounted = value
  }
  get queue(): SendQueue | undefined {
    return this.talk === undefined ? undefined : this.talk.queue
  }
  set queue(value: SendQueue | undefined) {
    if (this.talk !== undefined || value !== undefined) this.talking.queue = value
  }
  get assembler(): Assembler | undefined {
    return this.talk === undefined ? undefined : this.talk.assembler
  }
  set assembler(value: Assembler | undefined) {
    if (this.talk !== undefined || value !== undefined) this.talking.assembler = value
  }
  get heldNext(): Connection | undefined {
    return this.talk === undefined ? undefined : this.talk.heldNext
  }
  set heldNext(value: Connection | undefined) {
    if (this.talk !== undefined || value !== undefined) this.talking.heldNext = value
  }
  get heldPrevious(): Connection | undefined {
    return this.talk === undefined ? undefined : this.talk.heldPrevious
  }
  set heldPrevious(value: Connection | undefined) {
    if (this.talk !== undefined || value !== undefined) this.talking.heldPrevious = value
  }

  /** RFC 6928, in bytes. */
  get initialWindow(): number {
    return INITIAL_SEGMENTS * this.maxSegment
  }
  protected get talking(): Talk {
    this.talk ??= new Talk(this.initialWindow, this.host.persona.traits.retransmitMs)
    return this.talk
  }
}
