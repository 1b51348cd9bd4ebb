/** A capture file as a link: its frames arrive as fast as they are read, and what is sent goes nowhere. */
import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { type CaptureFrame, captureFrames } from './capture-file.ts'
import { CaptureError, type ReadBytes } from './capture-source.ts'
import type { Link, LinkStats, Receive } from './link.ts'
import { leftToHardware } from './partial-checksum.ts'

const CHUNK_BYTES = 256 * 1024
const FRAMES_PER_TURN = 1
const MTU = 65_535
const ETHERNET_BYTES = 14
const TYPE_IPV4 = [0x08, 0x00]
const TYPE_IPV6 = [0x86, 0xdd]

/**
 * The frames of the capture file at `path`. Their bytes may be kept. Throws CaptureError after the last
 * whole frame when the file is cut, before the first when it is no capture.
 */
export function* frames(path: string): Generator<CaptureFrame, void> {
  const file = openSync(path, 'r')
  try {
    yield* captureFrames(basename(path), fileReader(file))
  } finally {
    closeSync(file)
  }
}

/** Reads by chunks that are never written again, so that frames need no copy. */
function fileReader(file: number): ReadBytes {
  let chunk = new Uint8Array(0)
  let start = 0
  return (length) => {
    if (chunk.length - start < length) {
      const rest = chunk.subarray(start)
      const next = new Uint8Array(Math.max(CHUNK_BYTES, length))
      next.set(rest)
      let end = rest.length
      while (end < next.length) {
        const got = readSync(file, next, end, next.length - end, null)
        if (got === 0) break
        end += got
      }
      chunk = next.subarray(0, end)
      start = 0
    }
    const bytes = chunk.subarray(start, start + length)
    start += bytes.length
    return bytes
  }
}

export type ReplayLink = Link & {
  /** When the frame being delivered was captured, in milliseconds since the epoch: the pipeline's clock. */
  now(): number
  /** Settles after the last frame and its `idle`, with what ended the file early, if anything did. */
  readonly finished: Promise<CaptureError | undefined>
}

/**
 * The link is Ethernet if the first frame is; frames of the other kind in a mixed file are given
 * headers of zeros, or lose theirs. Throws CaptureError for a file that is no capture.
 */
export function openReplay(path: string): ReplayLink {
  const source = frames(path)
  let ended: CaptureError | undefined
  const next = (): CaptureFrame | undefined => {
    try {
      return source.next().value ?? undefined
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      ended = error
      return undefined
    }
  }
  const first = next()
  if (first === undefined && ended?.code === 'ERR_CAPTURE_FORMAT') throw ended
  return new Replay(
    first,
    next,
    () => ended,
    () => source.return(),
  )
}

class Replay implements ReplayLink {
  readonly mac = new Uint8Array(6)
  readonly mtu = MTU
  readonly ethernet: boolean
  readonly out = new Uint8Array(MTU + ETHERNET_BYTES)
  readonly finished: Promise<CaptureError | undefined>
  readonly #settle: () => void
  readonly #next: () => CaptureFrame | undefined
  readonly #release: () => void
  #frame: CaptureFrame | undefined
  #time: number
  #open = true
  #received = 0
  #sent = 0

  constructor(
    first: CaptureFrame | undefined,
    next: () => CaptureFrame | undefined,
    ended: () => CaptureError | undefined,
    release: () => void,
  ) {
    this.ethernet = first?.link !== 'raw'
    this.#frame = first
    this.#time = first?.time ?? 0
    this.#next = next
    this.#release = release
    const { promise, resolve } = Promise.withResolvers<CaptureError | undefined>()
    this.finished = promise
    this.#settle = () => resolve(ended())
  }

  open(receive: Receive, idle: () => void): void {
    const turn = () => {
      for (let n = 0; n < FRAMES_PER_TURN && this.#open && this.#frame; n++) {
        this.#deliver(this.#frame, receive)
        if (this.#open) this.#frame = this.#next()
      }
      if (!this.#open) return
      idle()
      if (this.#frame) setImmediate(turn)
      else this.#settle()
    }
    setImmediate(turn)
  }

  #deliver(frame: CaptureFrame, receive: Receive): void {
    this.#time = frame.time
    const bytes =
      frame.link === 'raw' ? this.#fromRaw(frame.bytes) : this.#fromEthernet(frame.bytes)
    if (!bytes) return
    this.#received++
    receive(bytes, 0, bytes.length, !leftToHardware(bytes, 0, bytes.length, this.ethernet))
  }

  #fromRaw(packet: Uint8Array): Uint8Array {
    if (!this.ethernet) return packet
    const frame = new Uint8Array(ETHERNET_BYTES + packet.length)
    frame.set((packet[0] ?? 0) >> 4 === 6 ? TYPE_IPV6 : TYPE_IPV4, 12)
    frame.set(packet, ETHERNET_BYTES)
    return frame
  }

  #fromEthernet(frame: Uint8Array): Uint8Array | undefined {
    if (this.ethernet) return frame
    const is = (type: number[]) => frame[12] === type[0] && frame[13] === type[1]
    return is(TYPE_IPV4) || is(TYPE_IPV6) ? frame.subarray(ETHERNET_BYTES) : undefined
  }

  now(): number {
    return this.#time
  }

  reserve(): number {
    return 0
  }

  commit(): void {
    this.#sent++
  }

  flush(): void {}

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    this.#release()
    this.#settle()
  }

  stats(): LinkStats {
    return { received: this.#received, sent: this.#sent, lostReceive: 0, lostSend: 0 }
  }
}
