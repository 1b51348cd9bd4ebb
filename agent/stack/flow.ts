import type { Endpoint } from '../../protocols/protocol.ts'
import type { ByteSource } from '../../protocols/reader.ts'
import type { Persona } from '../../rotation/persona.ts'
import type { Door } from '../event.ts'

/** Why a flow ended. */
export type Ending =
  | 'fin'
  | 'reset'
  | 'idle'
  | 'expired'
  | 'budget'
  | 'evicted'
  | 'unreachable'
  | 'shutdown'

/** One proven conversation: made with the first valid ACK. No Node stream: idle flows must stay cheap. */
export interface Flow extends ByteSource {
  /** 16 hex digits, unique within the sensor's run and hard to guess. */
  readonly id: string
  readonly remote: Endpoint
  readonly local: Endpoint
  /** The persona on duty when the flow opened; rotation never changes a live flow. */
  readonly persona: Persona
  readonly door: Door
  /** p0f-style raw signature of the opening SYN; '' when it was no longer known. */
  readonly signature: string
  /** Scanner named by the opening SYN, or ''. */
  readonly scanner: string
  /** Monotonic milliseconds of the handshake. */
  readonly openedAt: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** undefined while it lives. */
  readonly ending: Ending | undefined
  /** Queue bytes (copied). False: the queue is over its high-water mark, wait for `drained`. Ignored after `end`. */
  write(bytes: Uint8Array): boolean
  /** Call `ready` once when the queue has room again or the flow has ended. */
  drained(ready: () => void): void
  /** FIN after what is queued. */
  end(): void
  /** RST now. */
  reset(): void
  /** Whoever serves the flow hears of new bytes, of the visitor's FIN and of the end here, without a promise. One at a time. */
  onActivity: (() => void) | undefined
}
