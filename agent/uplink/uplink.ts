/** Moves what is pending in the store to the hub, at its own pace. */
export interface Uplink {
  start(): void
  /** There is something new; look soon. */
  nudge(): void
  /** Let what is on its way arrive, at most `graceMs` milliseconds, then disconnect. */
  stop(graceMs: number): Promise<void>
  status(): UplinkStatus
}
export type UplinkStatus = {
  readonly connected: boolean
  /** Highest sequence handed to the broker in this session. */
  readonly sent: number
  readonly acknowledged: number
  /** Milliseconds since the epoch of the hub's last acknowledgement; 0 for never. */
  readonly lastAck: number
  readonly lastError: string
}
