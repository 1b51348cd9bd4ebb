/** Where frames come from and go to. */

/**
 * One received frame: `length` bytes at `offset` of `bytes`. Lent for the call: copy to keep.
 * `checksums` is false when the sender left the transport checksum to its hardware
 * (TP_STATUS_CSUMNOTREADY on veth and virtio): the frame is valid though its sum is not.
 */
export type Receive = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  checksums: boolean,
) => void

export interface Link {
  /** The interface's own hardware address, 6 bytes; zeros where the link has none. */
  readonly mac: Uint8Array
  /** Largest IP packet in bytes. */
  readonly mtu: number
  /** False on links that carry bare IP packets (tun, ppp). */
  readonly ethernet: boolean
  /**
   * Deliver every frame received, until close. `idle` is called after each batch of frames, with
   * the work of one event-loop turn done: the time to send what the batch has caused.
   */
  open(receive: Receive, idle: () => void): void
  /** The buffer that outgoing frames are written into. */
  readonly out: Uint8Array
  /** Offset in `out` of room for one frame of up to mtu + 14 bytes; -1 when the queue is full (the frame is dropped and counted). */
  reserve(): number
  /** Queue the frame written at the last reserved offset. */
  commit(length: number): void
  /** Hand queued frames to the wire. */
  flush(): void
  /** Share of the receive buffer that was waiting when the batch at hand began, 0 to 1. Absent: not known. */
  readonly backlog?: number
  close(): Promise<void>
  stats(): LinkStats
}

export type LinkStats = {
  readonly received: number
  readonly sent: number
  /** Frames the kernel dropped before we saw them. */
  readonly lostReceive: number
  /** Frames we could not send. */
  readonly lostSend: number
}
