/**
 * The uplink over MQTT: takes batches from the outbox and removes what the hub says it has committed.
 *
 * A broker's PUBACK only makes room for the next batch; rows leave with the hub's own acknowledgement. Whatever goes
 * wrong ends in `lastError` and a later attempt, never in an exception.
 */
import type { EventStore } from '../store/store.ts'
import { parseAck } from './ack.ts'
import { encodeBatch } from './batch.ts'
import { BrokerConnection, type ConnectionOptions, textOf } from './broker-connection.ts'
import type { Uplink, UplinkStatus } from './uplink.ts'
import { Window } from './window.ts'

export type UplinkOptions = ConnectionOptions & {
  readonly store: EventStore
  /** How long the hub may be silent while it owes an answer, milliseconds; 30,000 if absent. */
  readonly ackTimeoutMs?: number
}

/** JSON taken from the outbox for one batch; it compresses about ten to one. */
const BATCH_TEXT_BYTES = 512 * 1024
const ACK_TIMEOUT_MS = 30_000
const LONGEST_ACK_TIMEOUT_MS = 5 * 60_000
/** Two requests of the hub to send again within this time are one. */
const RESEND_QUIET_MS = 1000

export const createUplink = (options: UplinkOptions): Uplink => new MqttUplink(options)

class MqttUplink implements Uplink {
  readonly #options: UplinkOptions
  readonly #connection: BrokerConnection
  readonly #window: Window
  /** The broker refused a batch, or has no hub: wait for the next rewind. */
  #held = false
  #nudged = false
  #rewoundAt = Number.NEGATIVE_INFINITY
  #lastAck = 0
  #ackTimeoutMs: number
  #ackTimer: NodeJS.Timeout | undefined
  /** `stop` waits for this: the hub owes nothing any more. */
  #drained: () => void = () => {}

  constructor(options: UplinkOptions) {
    const { store } = options
    this.#options = options
    this.#window = new Window(store.status().settled)
    this.#ackTimeoutMs = options.ackTimeoutMs ?? ACK_TIMEOUT_MS
    this.#connection = new BrokerConnection(options, {
      state: (online) => JSON.stringify({ online, epoch: store.status().epoch }),
      ready: () => this.#fill(),
      lost: () => {
        this.#rewind()
        this.#window.inFlight = 0
      },
      acknowledgement: (payload) => this.#acknowledge(payload),
      unclaimed: () => this.#hold('the broker has no hub to give the events to'),
    })
  }

  start(): void {
    this.#connection.start()
  }

  nudge(): void {
    if (this.#nudged || !this.#connection.ready) return
    this.#nudged = true
    setImmediate(() => {
      this.#nudged = false
      this.#fill()
    })
  }

  async stop(graceMs: number): Promise<void> {
    this.#fill()
    if (this.#connection.ready && this.#window.waiting)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs)
        this.#drained = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    this.#stopAckTimer()
    await this.#connection.stop()
  }

  status(): UplinkStatus {
    return {
      connected: this.#connection.connected,
      sent: this.#window.cursor,
      acknowledged: this.#window.settled,
      lastAck: this.#lastAck,
      lastError: this.#connection.lastError,
    }
  }

  #hold(message: string): void {
    this.#held = true
    this.#connection.complain(message)
  }

  #fill(): void {
    if (!this.#connection.ready) return
    try {
      while (this.#window.open && !this.#held && this.#publishNext());
    } catch (error) {
      this.#connection.complain(`the outbox cannot be read: ${textOf(error)}`)
    }
    if (this.#window.waiting) this.#ackTimer ??= this.#startAckTimer()
  }

  /** false when there is nothing to send. */
  #publishNext(): boolean {
    const { store, log } = this.#options
    const rows = store.pending(this.#window.cursor, BATCH_TEXT_BYTES)
    if (rows.length === 0) return false
    const batch = encodeBatch(store.status().epoch, this.#window.first, rows)
    if (batch.oversize !== undefined)
      log.warn({ sequence: batch.oversize }, 'uplink: an event is too large to send and is dropped')
    this.#window.sent(batch.last)
    this.#connection.publishBatch(batch.payload, (error) => {
      this.#window.inFlight -= 1
      if (error !== undefined) this.#hold(`the broker refused a batch: ${error.message}`)
      this.#fill()
    })
    return true
  }

  #acknowledge(payload: Uint8Array): void {
    const ack = parseAck(payload)
    const { store, now, ackTimeoutMs } = this.#options
    if (ack === undefined || ack.epoch !== store.status().epoch) return
    this.#lastAck = now()
    this.#ackTimeoutMs = ackTimeoutMs ?? ACK_TIMEOUT_MS
    const reached = this.#window.acknowledged(ack.upto)
    if (reached !== undefined) {
      this.#connection.recovered()
      this.#held = false
      this.#stopAckTimer()
      try {
        store.settle(reached)
      } catch (error) {
        this.#connection.complain(`the outbox cannot be emptied: ${textOf(error)}`)
      }
    }
    if (ack.resend && now() - this.#rewoundAt >= RESEND_QUIET_MS) {
      this.#rewoundAt = now()
      this.#rewind()
    }
    this.#fill()
    if (!this.#window.waiting) this.#drained()
  }

  #rewind(): void {
    this.#held = false
    this.#window.rewind()
    this.#stopAckTimer()
  }

  #stopAckTimer(): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
  }

  #startAckTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#ackTimer = undefined
      const seconds = Math.round(this.#ackTimeoutMs / 1000)
      this.#connection.complain(`the hub has acknowledged nothing for ${seconds} s`)
      this.#ackTimeoutMs = Math.min(this.#ackTimeoutMs * 2, LONGEST_ACK_TIMEOUT_MS)
      if (this.#window.inFlight > 0) {
        this.#connection.drop('the broker has stopped answering')
        return
      }
      this.#rewind()
      this.#fill()
    }, this.#ackTimeoutMs)
  }
}
