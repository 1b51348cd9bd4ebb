/**
 * For tests: the smallest TCP client there is (go-back-N, one time-out, bytes out of order dropped),
 * written apart from the stack under test. It sends `data`, closes, and keeps what comes back.
 */

import { pseudoHeader } from '../../../agent/wire/checksum.ts'
import * as ethernet from '../../../agent/wire/ethernet.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { type Spec, tcpFrame } from './frames.ts'

const ISN = 0xfffff000 | 0
const MSS = 1460
const WINDOW_SEGMENTS = 16
const TIMEOUT_MS = 300
const RECEIVE_WINDOW = 60_000

type State = 'opening' | 'open' | 'closed'

export class Visitor {
  readonly #data: Uint8Array
  readonly #send: (frame: Uint8Array) => void
  readonly #received: Uint8Array[] = []
  #state: State = 'opening'
  /** Positions in our stream: 0 is the first byte; data.length is the FIN. */
  #acknowledged = 0
  #next = 0
  #theirIsn = 0
  #got = 0
  #theirFin = false
  #timer = 0
  sent = 0

  constructor(data: Uint8Array, send: (frame: Uint8Array) => void) {
    this.#data = data
    this.#send = send
  }

  get received(): Buffer {
    return Buffer.concat(this.#received)
  }
  get done(): boolean {
    return this.#state === 'closed' || (this.#theirFin && this.#acknowledged > this.#data.length)
  }
  get reset(): boolean {
    return this.#state === 'closed'
  }
  /** When `tick` has something to do. */
  get nextTick(): number {
    return this.done ? Number.POSITIVE_INFINITY : this.#timer
  }

  open(now: number): void {
    this.#emit({ flags: tcp.SYN, sequence: ISN, options: `mss ${MSS}` })
    this.#timer = now + 1000
  }

  tick(now: number): void {
    if (this.#state === 'opening') this.open(now)
    else {
      this.#next = this.#acknowledged
      this.#pump(now)
      this.#timer = now + TIMEOUT_MS
    }
  }

  receive(frame: Uint8Array, now: number): void {
    const ip = ipv4.blankIpv4()
    const s = tcp.blankTcp()
    const at = ethernet.HEADER_BYTES
    if (!ipv4.parse(frame, at, frame.length - at, ip)) throw new Error('malformed IP')
    if (
      !tcp.verify(
        frame,
        ip.payload,
        ip.payloadBytes,
        pseudoHeader(ip.source, ip.destination, ipv4.TCP, 0),
      )
    )
      throw new Error('bad checksum')
    tcp.parse(frame, ip.payload, ip.payloadBytes, s)
    if ((s.flags & tcp.RST) !== 0) {
      this.#state = 'closed'
      return
    }
    if ((s.flags & tcp.SYN) !== 0) {
      if (this.#state === 'opening') {
        this.#state = 'open'
        this.#theirIsn = s.sequence
        this.#timer = now + TIMEOUT_MS
      }
      this.#pump(now)
      this.#acknowledge()
      return
    }
    if (this.#state !== 'open') return
    const acknowledged = (s.acknowledgment - ISN - 1) | 0
    if (acknowledged > this.#acknowledged) {
      this.#acknowledged = acknowledged
      this.#next = Math.max(this.#next, acknowledged)
      this.#timer = now + TIMEOUT_MS
      this.#pump(now)
    }
    const position = (s.sequence - this.#theirIsn - 1) | 0
    const fin = (s.flags & tcp.FIN) !== 0
    if (s.payloadBytes === 0 && !fin) return
    const skip = this.#got - position
    if (skip >= 0 && skip <= s.payloadBytes && !this.#theirFin) {
      const fresh = frame.slice(s.payload + skip, s.payload + s.payloadBytes)
      this.#received.push(fresh)
      this.#got += fresh.length
      if (fin) {
        this.#theirFin = true
        this.#got++
      }
    }
    this.#acknowledge()
  }

  #pump(now: number): void {
    while (
      this.#next <= this.#data.length &&
      this.#next - this.#acknowledged < WINDOW_SEGMENTS * MSS
    ) {
      const payload = this.#data.subarray(this.#next, this.#next + MSS)
      const fin = this.#next + payload.length === this.#data.length
      this.#emit({
        flags: tcp.ACK | (fin ? tcp.FIN : 0),
        sequence: (ISN + 1 + this.#next) | 0,
        payload,
      })
      this.#next += payload.length + (fin ? 1 : 0)
      if (this.#timer <= now) this.#timer = now + TIMEOUT_MS
    }
  }

  #acknowledge(): void {
    this.#emit({ flags: tcp.ACK, sequence: (ISN + 1 + this.#next) | 0 })
  }

  #emit(spec: Pick<Spec, 'flags' | 'sequence'> & Partial<Spec>): void {
    this.sent++
    this.#send(
      tcpFrame({
        sourcePort: 40_000,
        destinationPort: 80,
        acknowledgment: spec.flags === tcp.SYN ? 0 : (this.#theirIsn + 1 + this.#got) | 0,
        window: RECEIVE_WINDOW,
        ...spec,
      }),
    )
  }
}
