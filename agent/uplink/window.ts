/**
 * What was sent and not yet acknowledged by the hub, as numbers only: where the next batch begins, how much may be on
 * its way, and when to begin again. No network, no store, no clock.
 */

/** Batches awaiting the broker's PUBACK. */
export const MAX_IN_FLIGHT = 4
/** Batches awaiting the hub's acknowledgement: a broker without a hub is not sent the whole outbox. */
export const MAX_UNACKNOWLEDGED = 32

export class Window {
  /** Highest sequence handed to the broker since the last rewind. */
  cursor: number
  /** Highest sequence ever handed to a broker: an acknowledgement beyond it speaks of somebody else's events. */
  highest = 0
  /** The hub has everything up to here. */
  settled: number
  inFlight = 0
  /** `last` of each batch that the hub owes an answer for. */
  readonly #unacknowledged: number[] = []

  constructor(settled: number) {
    this.settled = settled
    this.cursor = settled
  }

  get open(): boolean {
    return this.inFlight < MAX_IN_FLIGHT && this.#unacknowledged.length < MAX_UNACKNOWLEDGED
  }

  get waiting(): boolean {
    return this.#unacknowledged.length > 0
  }

  /** `first` of the next batch's header. */
  get first(): number {
    return this.cursor <= this.settled ? 1 : this.cursor + 1
  }

  sent(last: number): void {
    this.cursor = last
    this.highest = Math.max(this.highest, last)
    this.inFlight += 1
    this.#unacknowledged.push(last)
  }

  /** The sequence that may be settled now, if the acknowledgement says something new. */
  acknowledged(upto: number): number | undefined {
    const reached = Math.min(upto, this.highest)
    while ((this.#unacknowledged[0] ?? Number.POSITIVE_INFINITY) <= reached)
      this.#unacknowledged.shift()
    if (reached <= this.settled) return undefined
    this.settled = reached
    this.cursor = Math.max(this.cursor, reached)
    return reached
  }

  /** Send again from what is settled; PUBACKs still under way keep their places. */
  rewind(): void {
    this.#unacknowledged.length = 0
    this.cursor = this.settled
  }
}
