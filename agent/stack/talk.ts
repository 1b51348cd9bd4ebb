/** What a connection has once its visitor has said something or we have: made then, for a held flow may be silent for ever. */
import type { Assembler } from './assembler.ts'
import type { Connection } from './connection.ts'
import type { SendQueue } from './send-queue.ts'

/** No loss so far. */
export const NO_THRESHOLD = 0x7fffffff

export class Talk {
  // Congestion and retransmission (RFC 5681, RFC 6298); times in ms, 0: not running.
  congestionWindow: number
  slowStartThreshold = NO_THRESHOLD
  duplicateAcks = 0
  retransmitAt = 0
  retransmitMs: number
  retransmits = 0
  smoothedRtt = 0
  rttVariance = 0
  timedSequence = 0
  timedAt = 0
  challengedAt = 0
  /** An acknowledgement without data is owed by then, in ms; 0: none. */
  acknowledgeAt = 0
  /** Segments with data since the last acknowledgement. */
  unacknowledged = 0
  bytesOut = 0
  queue: SendQueue | undefined = undefined
  assembler: Assembler | undefined = undefined
  inbox: Buffer | undefined = undefined
  inboxBytes = 0
  ready: (() => void) | undefined = undefined
  drained: (() => void) | undefined = undefined
  // Links of those that hold bytes.
  heldCounted = 0
  heldNext: Connection | undefined = undefined
  heldPrevious: Connection | undefined = undefined

  constructor(congestionWindow: number, retransmitMs: number) {
    this.congestionWindow = congestionWindow
    this.retransmitMs = retransmitMs
  }
}
