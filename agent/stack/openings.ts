/**
 * The SYNs of the last seconds, in a table of fixed size that a flood overwrites and never grows:
 * what a flow's signature is written from when the handshake completes, and how a kernel's
 * retransmission is known from a scanner's single probe.
 */
import type { SynFacts } from '../fingerprint/syn.ts'

const SLOTS = 32_768
const WORDS = 16
/** So long a visitor may take to end a handshake before its slot goes to another. */
const PENDING_MS = 3_000
/** A bit of word 7: the handshake is over. */
const OVER = 1 << 21

export class Openings {
  readonly #words = new Int32Array(SLOTS * WORDS)

  /**
   * Keep a SYN in the slot of `hash`; a repetition keeps the time of the first. `now` in ms. False: the slot
   * is that of another who may still answer; the newcomer is not kept, and answered with a cookie.
   */
  remember(hash: number, syn: SynFacts, scanner: number, now: number): boolean {
    const w = this.#words
    const at = (hash & (SLOTS - 1)) * WORDS
    if (this.age(hash, syn, now) >= 0) return true
    const ports = (syn.sourcePort << 16) | syn.destinationPort
    const waits = w[at + 15] !== 0 && ((w[at + 7] as number) & OVER) === 0
    const pending = waits && ((now - (w[at + 4] as number)) | 0) <= PENDING_MS
    const own = w[at] === syn.source && w[at + 1] === syn.destination && w[at + 2] === ports
    if (pending && !own) return false
    w[at] = syn.source
    w[at + 1] = syn.destination
    w[at + 2] = ports
    w[at + 3] = syn.sequence
    w[at + 4] = now
    w[at + 5] = syn.acknowledgment
    w[at + 6] = (syn.window << 16) | syn.ipId
    w[at + 7] =
      syn.ttl |
      (syn.dontFragment << 8) |
      (syn.flags << 9) |
      (syn.sackPermitted << 18) |
      (syn.timestamps << 19) |
      ((syn.version === 6 ? 1 : 0) << 20)
    w[at + 8] = (syn.mss << 16) | syn.urgent
    w[at + 9] =
      (syn.scale + 1) |
      (syn.optionCount << 8) |
      (syn.optionsLength << 16) |
      (syn.ipOptionsLength << 24)
    w[at + 10] = syn.timestampValue
    w[at + 11] = syn.layoutLow
    w[at + 12] = syn.layoutHigh
    w[at + 13] = (syn.payloadLength << 16) | scanner
    w[at + 14] = syn.totalLength
    w[at + 15] = 0
    return true
  }

  /** The handshake of the SYN in the slot of `hash` is over: another may have the slot. */
  settle(hash: number): void {
    const at = (hash & (SLOTS - 1)) * WORDS
    this.#words[at + 7] = (this.#words[at + 7] as number) | OVER
  }

  /** What the SYN in the slot of `hash` was answered with. */
  promise(hash: number, isn: number): void {
    this.#words[(hash & (SLOTS - 1)) * WORDS + 15] = isn
  }

  /** Our ISN for the SYN just remembered or recalled; 0: none was promised. */
  isn(hash: number): number {
    return this.#words[(hash & (SLOTS - 1)) * WORDS + 15] as number
  }

  /** Milliseconds since this very segment (addresses, ports, sequence) was first seen; -1: not known. */
  age(hash: number, syn: SynFacts, now: number): number {
    const w = this.#words
    const at = (hash & (SLOTS - 1)) * WORDS
    if (
      w[at + 3] !== syn.sequence ||
      w[at] !== syn.source ||
      w[at + 1] !== syn.destination ||
      w[at + 2] !== ((syn.sourcePort << 16) | syn.destinationPort)
    )
      return -1
    return (now - (w[at + 4] as number)) | 0
  }

  /** Is a SYN between these ends known? */
  knows(hash: number, remote: number, local: number, ports: number): boolean {
    const w = this.#words
    const at = (hash & (SLOTS - 1)) * WORDS
    return w[at] === remote && w[at + 1] === local && w[at + 2] === ports
  }

  /** Sequence number of the SYN last seen between these ends; `otherwise` when it is no longer known. */
  sequence(hash: number, remote: number, local: number, ports: number, otherwise: number): number {
    const known = this.knows(hash, remote, local, ports)
    return known ? (this.#words[(hash & (SLOTS - 1)) * WORDS + 3] as number) : otherwise
  }

  /** The SYN with this sequence number between these ends: fills `into` and returns the scanner code; -1: no longer known. */
  recall(
    hash: number,
    remote: number,
    local: number,
    ports: number,
    sequence: number,
    into: SynFacts,
  ): number {
    const w = this.#words
    const at = (hash & (SLOTS - 1)) * WORDS
    if (w[at] !== remote || w[at + 1] !== local || w[at + 2] !== ports || w[at + 3] !== sequence)
      return -1
    const bits = w[at + 7] as number
    const shape = w[at + 9] as number
    into.version = (bits >> 20) & 1 ? 6 : 4
    into.source = remote
    into.destination = local
    into.sourcePort = ports >>> 16
    into.destinationPort = ports & 0xffff
    into.sequence = sequence
    into.acknowledgment = w[at + 5] as number
    into.window = (w[at + 6] as number) >>> 16
    into.ipId = (w[at + 6] as number) & 0xffff
    into.ttl = bits & 255
    into.dontFragment = ((bits >> 8) & 1) as 0 | 1
    into.flags = (bits >> 9) & 0x1ff
    into.sackPermitted = ((bits >> 18) & 1) as 0 | 1
    into.timestamps = ((bits >> 19) & 1) as 0 | 1
    into.mss = (w[at + 8] as number) >>> 16
    into.urgent = (w[at + 8] as number) & 0xffff
    into.scale = (shape & 255) - 1
    into.optionCount = (shape >> 8) & 255
    into.optionsLength = (shape >> 16) & 255
    into.ipOptionsLength = (shape >> 24) & 255
    into.timestampValue = w[at + 10] as number
    into.layoutLow = w[at + 11] as number
    into.layoutHigh = w[at + 12] as number
    into.payloadLength = (w[at + 13] as number) >>> 16
    into.totalLength = w[at + 14] as number
    return (w[at + 13] as number) & 0xffff
  }
}
