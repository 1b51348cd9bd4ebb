/**
 * What moves a connection: segments in, acknowledgements, data and FIN out, time.
 * Read RFC 9293, 5961, 7323, 5681 and 6298 before a change. Longer than other files because the
 * rules of RFC 9293 3.10.7 are one list and are easier to check in one place.
 */
import * as wire from '../wire/tcp.ts'
import { Assembler, distance } from './assembler.ts'
import {
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  type Connection,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  MAX_RECEIVE_WINDOW_BYTES,
  TIME_WAIT,
} from './connection.ts'
import type { Ending } from './flow.ts'
import type { Transmit } from './transmit.ts'

const MAX_RETRANSMIT_MS = 60_000
/**
 * The back-off that is left when a visitor goes on without a sample, unmeasured (RFC 6298 5.7) and
 * measured: all of it, as Karn's rule would have it, is a minute for each loss on a bad line.
 */
const RESUMED_UNMEASURED_MS = 3_000
const RESUMED_MEASURED_MS = 1_000
/** A visitor silent through this many repetitions is gone: after 123 s from a time-out of 1 s, 25 s from 200 ms. */
const MAX_RETRANSMITS = 6
/** RFC 5961 5.2: an acknowledgement older than the largest unscaled window is none of this connection's. */
const OLDEST_ACK_BYTES = 65_535
/** RFC 5961 10: challenge ACKs are rationed. */
const CHALLENGE_GAP_MS = 500
const DUPLICATE_ACKS = 3

export type FlowLimits = {
  /** Ends a flow without a segment for so long. */
  readonly idleMs: number
  /** Ends any flow. */
  readonly totalMs: number
  /** Received bytes that end a flow. */
  readonly maxBytes: number
  readonly timeWaitMs: number
  /** For captures: the visitor's acknowledgements answer another machine, so all are believed. */
  readonly trusting: boolean
}

export class Tcp {
  readonly #transmit: Transmit
  readonly #limits: FlowLimits
  readonly #close: (connection: Connection, ending: Ending | undefined) => void

  /** `close` forgets the connection; with an ending it is told to whoever serves it. */
  constructor(
    transmit: Transmit,
    limits: FlowLimits,
    close: (connection: Connection, ending: Ending | undefined) => void,
  ) {
    this.#transmit = transmit
    this.#limits = limits
    this.#close = close
  }

  /** Take up a connection whose handshake `segment` completes; `isn` is ours. */
  establish(c: Connection, segment: wire.Tcp, isn: number, mss: number, scale: number): void {
    const traits = c.host.persona.traits
    c.receiveNext = (c.openingSequence + 1) | 0
    c.sendUnacknowledged = (isn + 1) | 0
    c.sendNext = c.sendUnacknowledged
    c.sendMax = c.sendUnacknowledged
    c.timestamps = segment.timestamps && traits.timestamps !== undefined
    if (c.timestamps) c.recentTimestamp = segment.timestampValue
    const scaled = scale >= 0 && traits.windowScale !== undefined
    c.sendShift = scaled ? scale : 0
    c.receiveShift = scaled ? (traits.windowScale as number) : 0
    const largest = Math.min(mss, traits.mss, this.#transmit.maxSegment(c.host))
    c.maxSegment = Math.max(largest - (c.timestamps ? 12 : 0), 64)
    c.receiveWindow = scaled ? traits.receiveWindow : Math.min(traits.receiveWindow, 65_535)
    if (this.#limits.trusting) c.receiveWindow = MAX_RECEIVE_WINDOW_BYTES
    c.advertised = c.receiveWindow
    c.windowSequence = c.receiveNext
    c.windowAcknowledgment = segment.acknowledgment
    c.sendWindow = segment.window << c.sendShift
    c.ipId = c.host.flowIpId(c.remoteAddress, (c.remotePort << 16) | c.localPort)
  }

  /** RFC 9293 3.10.7.4: one segment for a synchronised connection. */
  process(c: Connection, s: wire.Tcp, bytes: Uint8Array, now: number): void {
    if (c.state === CLOSED) return
    const reset = (s.flags & wire.RST) !== 0
    // RFC 7323 5.3: an old duplicate.
    if (
      c.timestamps &&
      s.timestamps &&
      !reset &&
      distance(s.timestampValue, c.recentTimestamp) < 0
    ) {
      this.#refuse(c, s, now)
      return
    }
    if (!this.#acceptable(c, s)) {
      if (!reset) this.#refuse(c, s, now)
      return
    }
    if (reset) {
      // RFC 5961 3.2: only the exact sequence number resets; anything else in the window is challenged.
      if (s.sequence === c.receiveNext) this.#close(c, 'reset')
      else this.#challenge(c, now)
      return
    }
    if ((s.flags & wire.SYN) !== 0) {
      this.#challenge(c, now)
      return
    }
    if ((s.flags & wire.ACK) === 0) return
    // A repeated FIN was acknowledged above; nothing else prolongs TIME-WAIT, or is answered in it.
    if (c.state === TIME_WAIT || !this.#acknowledged(c, s, now)) return
    if (c.timestamps && s.timestamps && distance(s.sequence, c.receiveNext) <= 0)
      c.recentTimestamp = s.timestampValue
    c.lastActivity = now
    if (s.payloadBytes > 0) this.#data(c, s, bytes)
    if ((s.flags & wire.FIN) !== 0) this.#fin(c, s)
  }

  #acceptable(c: Connection, s: wire.Tcp): boolean {
    const length = s.payloadBytes + ((s.flags & wire.FIN) !== 0 ? 1 : 0)
    const first = distance(s.sequence, c.receiveNext)
    const window = Math.max(c.receiveWindow - c.unread, 0)
    // RFC 9293 3.10.7.4: a shut window takes no data, but still acknowledgements and resets.
    if (window === 0) return first === 0
    if (length === 0) return first >= 0 && first < window
    const last = first + length - 1
    return (
      (first >= 0 && first < window) || (last >= 0 && last < window) || (first < 0 && last >= 0)
    )
  }

  /**
   * RFC 9293 3.10.7.4: what is refused is acknowledged, so that the visitor can find its place; empty
   * segments and SYNs only at a ration, or two confused ends would answer each other for ever.
   */
  #refuse(c: Connection, s: wire.Tcp, now: number): void {
    if ((s.flags & wire.SYN) === 0 && (s.payloadBytes > 0 || (s.flags & wire.FIN) !== 0))
      c.acknowledgeNow = true
    else this.#challenge(c, now)
  }

  #challenge(c: Connection, now: number): void {
    if (c.challengedAt !== 0 && now - c.challengedAt < CHALLENGE_GAP_MS) return
    c.challengedAt = now
    c.acknowledgeNow = true
  }

  /** False: the segment is to be dropped. */
  #acknowledged(c: Connection, s: wire.Tcp, now: number): boolean {
    if (this.#limits.trusting) {
      c.sendUnacknowledged = s.acknowledgment
      c.sendNext = s.acknowledgment
      c.sendMax = s.acknowledgment
      c.sendWindow = MAX_RECEIVE_WINDOW_BYTES
      c.queue = undefined
      c.retransmitAt = 0
      return true
    }
    const ahead = distance(s.acknowledgment, c.sendUnacknowledged)
    // RFC 5961 5.2: nothing that we never sent, nothing older than a window.
    if (distance(s.acknowledgment, c.sendMax) > 0 || ahead < -OLDEST_ACK_BYTES) {
      this.#challenge(c, now)
      return false
    }
    const window = s.window << c.sendShift
    // RFC 9293 3.8.6.1: a visitor that answers probes may keep its window shut as long as other limits allow.
    if (c.sendWindow === 0) c.retransmits = 0
    if (ahead > 0) this.#advance(c, s.acknowledgment, ahead, now)
    else if (
      ahead === 0 &&
      s.payloadBytes === 0 &&
      (s.flags & wire.FIN) === 0 &&
      window === c.sendWindow &&
      c.sendMax !== c.sendUnacknowledged &&
      ++c.duplicateAcks === DUPLICATE_ACKS
    ) {
      // RFC 5681 3.2, without the inflation: repeat what is missing, go on from half.
      c.slowStartThreshold = Math.max(
        distance(c.sendMax, c.sendUnacknowledged) >> 1,
        2 * c.maxSegment,
      )
      c.congestionWindow = c.slowStartThreshold
      c.sendNext = c.sendUnacknowledged
      c.timedAt = 0
    }
    if (
      distance(s.sequence, c.windowSequence) > 0 ||
      (s.sequence === c.windowSequence && distance(s.acknowledgment, c.windowAcknowledgment) >= 0)
    ) {
      c.sendWindow = window
      c.windowSequence = s.sequence
      c.windowAcknowledgment = s.acknowledgment
    }
    return true
  }

  #advance(c: Connection, acknowledgment: number, count: number, now: number): void {
    const queued = c.queue?.length ?? 0
    const data = Math.min(count, queued)
    if (data > 0) c.queue?.acknowledge(data)
    c.sendUnacknowledged = acknowledgment
    if (distance(c.sendNext, acknowledgment) < 0) c.sendNext = acknowledgment
    c.duplicateAcks = 0
    c.retransmits = 0
    if (c.timedAt !== 0 && distance(acknowledgment, c.timedSequence) > 0) {
      measure(c, Math.max(now - c.timedAt, 1))
      c.timedAt = 0
    } else c.retransmitMs = Math.min(c.retransmitMs, resumed(c))
    c.congestionWindow +=
      c.congestionWindow < c.slowStartThreshold
        ? Math.min(data, c.maxSegment)
        : Math.max(Math.floor((c.maxSegment * c.maxSegment) / c.congestionWindow), 1)
    const outstanding = distance(c.sendMax, acknowledgment) > 0
    c.retransmitAt = outstanding ? now + c.retransmitMs : 0
    if (data > 0) c.news = true
    // The FIN is the last thing in our sequence space.
    if (count <= data || outstanding) return
    if (c.state === FIN_WAIT_1) c.state = FIN_WAIT_2
    else if (c.state === CLOSING) this.#timeWait(c)
    else if (c.state === LAST_ACK) this.#close(c, 'fin')
  }

  #data(c: Connection, s: wire.Tcp, bytes: Uint8Array): void {
    // RFC 9293 3.10.7.4: after its FIN a visitor sends nothing new. In CLOSED the acknowledgement has ended the flow.
    if (c.state !== ESTABLISHED && c.state !== FIN_WAIT_1 && c.state !== FIN_WAIT_2) return
    if (c.finWanted && this.#limits.trusting) {
      c.acknowledgeNow = true
      // The machine in the capture listens on: counted, for nobody to read.
      const end = (s.sequence + s.payloadBytes) | 0
      const fresh = distance(end, c.receiveNext)
      if (fresh > 0) {
        c.bytesIn += fresh
        c.receiveNext = end
      }
      return
    }
    if (c.finWanted) {
      // We have closed and nobody reads any more: RFC 9293 3.6.1 answers new data with a reset.
      c.owner.abort(c, 'fin')
      return
    }
    let sequence = s.sequence
    let at = s.payload
    let length = s.payloadBytes
    const old = distance(c.receiveNext, sequence)
    // RFC 5681 4.2: only what comes in order, and the first of two, may wait for company.
    const { delayedAckMs } = c.host.persona.traits
    if (old === 0 && delayedAckMs > 0 && c.assembler === undefined && ++c.unacknowledged < 2)
      c.acknowledgeAt = c.lastActivity + delayedAckMs
    else c.acknowledgeNow = true
    if (old >= length) return
    if (old > 0) {
      sequence = c.receiveNext
      at += old
      length -= old
    }
    const room = c.receiveWindow - c.unread - distance(sequence, c.receiveNext)
    if (length > room) length = room
    if (length <= 0) return
    if (sequence !== c.receiveNext) {
      c.assembler ??= new Assembler()
      c.assembler.add(sequence, bytes, at, length)
      return
    }
    c.deliver(bytes, at, length)
    c.receiveNext = (c.receiveNext + length) | 0
    const assembler = c.assembler
    if (assembler === undefined) return
    for (;;) {
      const piece = assembler.next(c.receiveNext)
      if (piece === undefined) break
      const fits = Math.min(piece.length, c.receiveWindow - c.unread)
      c.deliver(piece, 0, fits)
      c.receiveNext = (c.receiveNext + fits) | 0
    }
    if (assembler.empty) c.assembler = undefined
  }

  #fin(c: Connection, s: wire.Tcp): void {
    c.acknowledgeNow = true
    // Only in order: with bytes still missing the visitor repeats it.
    if (c.finReceived || c.state === CLOSED) return
    if (((s.sequence + s.payloadBytes) | 0) !== c.receiveNext) return
    c.receiveNext = (c.receiveNext + 1) | 0
    c.finReceived = true
    c.assembler = undefined
    c.news = true
    if (c.state === ESTABLISHED) c.state = CLOSE_WAIT
    else if (c.state === FIN_WAIT_1) c.state = CLOSING
    else if (c.state === FIN_WAIT_2) this.#timeWait(c)
  }

  #timeWait(c: Connection): void {
    c.state = TIME_WAIT
    c.retransmitAt = 0
    this.#close(c, 'fin')
  }

  /** Send what may be sent: data, FIN, an acknowledgement that is owed. */
  output(c: Connection, now: number): void {
    if (c.state === CLOSED) return
    const queued = c.queue?.length ?? 0
    // Trusting, another machine closes its end, not we: ours follows the visitor's.
    const mayClose = !this.#limits.trusting || c.finReceived
    const finDue =
      c.state <= CLOSE_WAIT
        ? c.finWanted && mayClose
        : c.state !== FIN_WAIT_2 && c.state !== TIME_WAIT
    const allowed = Math.min(c.sendWindow, c.congestionWindow)
    let sent = false
    for (;;) {
      const from = distance(c.sendNext, c.sendUnacknowledged)
      const left = queued - from
      const length = Math.min(left, c.maxSegment, allowed - from)
      const last = length === left
      const fin = last && finDue
      if (length < 0 || (length === 0 && !fin)) break
      // RFC 9293 3.8.6.2.1: no small segment while a larger one will fit later.
      if (length < c.maxSegment && !last && from > 0) break
      const flags = wire.ACK | (length > 0 && last ? wire.PSH : 0) | (fin ? wire.FIN : 0)
      if (!this.#transmit.segment(c, c.sendNext, flags, this.#window(c), from, length, now)) {
        // The link is full: as if it were lost on the way.
        if (c.retransmitAt === 0) c.retransmitAt = now + c.retransmitMs
        break
      }
      this.#sent(c, length + (fin ? 1 : 0), length, now)
      if (fin && c.state === ESTABLISHED) c.state = FIN_WAIT_1
      else if (fin && c.state === CLOSE_WAIT) c.state = LAST_ACK
      sent = true
      if (fin) break
    }
    if (c.acknowledgeNow && !sent)
      this.#transmit.segment(c, latestSequence(c), wire.ACK, this.#window(c), 0, 0, now)
    if (c.acknowledgeNow || sent) {
      c.acknowledgeNow = false
      c.acknowledgeAt = 0
      c.unacknowledged = 0
    }
    if (this.#limits.trusting && c.state === LAST_ACK) {
      this.#timeWait(c)
      return
    }
    // RFC 9293 3.8.6.1: a closed window is probed.
    if (c.retransmitAt === 0 && queued > 0 && c.sendMax === c.sendUnacknowledged)
      c.retransmitAt = now + c.retransmitMs
  }

  #sent(c: Connection, count: number, data: number, now: number): void {
    const end = (c.sendNext + count) | 0
    if (distance(end, c.sendMax) > 0) {
      // Karn: only what is sent for the first time is timed.
      if (c.timedAt === 0 && c.sendNext === c.sendMax) {
        c.timedAt = now
        c.timedSequence = c.sendNext
      }
      c.bytesOut += Math.min(data, distance(end, c.sendMax))
      c.sendMax = end
    }
    c.sendNext = end
    if (c.retransmitAt === 0) c.retransmitAt = now + c.retransmitMs
  }

  /** The window field, scaled; the right edge never moves back (RFC 9293 3.8.6). */
  #window(c: Connection): number {
    const room = Math.max(c.receiveWindow - c.unread, 0)
    c.advertised = room
    return Math.min(room >> c.receiveShift, 65_535)
  }

  /** A deadline has come. Returns the next one, in ms; 0: the connection is gone. */
  timer(c: Connection, now: number): number {
    if (c.state === TIME_WAIT) {
      if (now - c.lastActivity >= this.#limits.timeWaitMs) {
        this.#close(c, undefined)
        return 0
      }
      return c.lastActivity + this.#limits.timeWaitMs
    }
    if (now - c.openedAt >= this.#limits.totalMs) {
      c.owner.abort(c, 'expired')
      return 0
    }
    if (now - c.lastActivity >= this.#limits.idleMs) {
      if (c.finWanted) {
        c.owner.abort(c, 'idle')
        return 0
      }
      // As a server does that has waited long enough: FIN, and one more idle time for the visitor's.
      c.lastActivity = now
      c.ending = 'idle'
      c.finWanted = true
      c.news = true
      c.owner.touch(c)
    }
    if (c.retransmitAt !== 0 && now >= c.retransmitAt && !this.#retransmit(c, now)) return 0
    if (c.acknowledgeAt !== 0 && now >= c.acknowledgeAt) {
      c.acknowledgeAt = 0
      c.acknowledgeNow = true
      c.owner.touch(c)
    }
    return this.deadline(c)
  }

  deadline(c: Connection): number {
    if (c.state === TIME_WAIT) return c.lastActivity + this.#limits.timeWaitMs
    const end = Math.min(c.openedAt + this.#limits.totalMs, c.lastActivity + this.#limits.idleMs)
    const due = this.due(c)
    return due === 0 ? end : Math.min(end, due)
  }

  /** When something must be sent: again, or an acknowledgement; 0: nothing. */
  due(c: Connection): number {
    if (c.acknowledgeAt === 0) return c.retransmitAt
    return c.retransmitAt === 0 ? c.acknowledgeAt : Math.min(c.acknowledgeAt, c.retransmitAt)
  }

  /** False: the visitor is gone. */
  #retransmit(c: Connection, now: number): boolean {
    if (++c.retransmits > MAX_RETRANSMITS) {
      this.#close(c, 'unreachable')
      return false
    }
    c.retransmitMs = Math.min(c.retransmitMs * 2, MAX_RETRANSMIT_MS)
    c.retransmitAt = now + c.retransmitMs
    c.timedAt = 0
    if (c.sendWindow === 0 && c.queue !== undefined && c.queue.length > 0) {
      // Zero-window probe (RFC 9293 3.8.6.1): the first byte of what waits.
      c.sendNext = c.sendUnacknowledged
      const sent = this.#transmit.segment(c, c.sendNext, wire.ACK, this.#window(c), 0, 1, now)
      if (sent && c.sendMax === c.sendNext) c.sendMax = (c.sendNext + 1) | 0
      return true
    }
    c.slowStartThreshold = Math.max(
      distance(c.sendMax, c.sendUnacknowledged) >> 1,
      2 * c.maxSegment,
    )
    c.congestionWindow = c.maxSegment
    c.sendNext = c.sendUnacknowledged
    c.owner.touch(c)
    return true
  }

  /** Over its byte budget? */
  overBudget(c: Connection): boolean {
    return c.bytesIn > this.#limits.maxBytes
  }
}

/**
 * Sequence number of a segment without data: the highest sent, though repetition may be behind it, or
 * the visitor refuses it; not beyond its window, for the same reason.
 */
export function latestSequence(c: Connection): number {
  const edge = (c.sendUnacknowledged + c.sendWindow) | 0
  return distance(c.sendMax, edge) > 0 ? edge : c.sendMax
}

/** RFC 6298 2.2 and 2.3, in ms. */
function measure(c: Connection, rtt: number): void {
  if (c.smoothedRtt === 0) {
    c.smoothedRtt = rtt
    c.rttVariance = rtt / 2
  } else {
    c.rttVariance = 0.75 * c.rttVariance + 0.25 * Math.abs(c.smoothedRtt - rtt)
    c.smoothedRtt = 0.875 * c.smoothedRtt + 0.125 * rtt
  }
  c.retransmitMs = timeout(c)
}

function resumed(c: Connection): number {
  if (c.smoothedRtt === 0) return RESUMED_UNMEASURED_MS
  return Math.max(2 * timeout(c), RESUMED_MEASURED_MS)
}

function timeout(c: Connection): number {
  const ms = Math.ceil(c.smoothedRtt + Math.max(4 * c.rttVariance, 16))
  return Math.min(Math.max(ms, c.host.persona.traits.minRetransmitMs), MAX_RETRANSMIT_MS)
}
