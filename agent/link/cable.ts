/** Two links joined in memory. Frames cross on `flush`, in order; a `mangle` hook loses, repeats or reorders them. */
import type { Link, LinkStats, Receive } from './link.ts'

const FRAME_BYTES = 65_536 + 14
const NO_MAC = new Uint8Array(6)

/** What becomes of a frame on its way: the frames that arrive, in order. */
export type Mangle = (frame: Uint8Array) => readonly Uint8Array[]

export function cable(mtu = 1500, mangle: Mangle = (frame) => [frame]): [Link, Link] {
  const a = new End(mtu, mangle)
  const b = new End(mtu, mangle)
  a.peer = b
  b.peer = a
  return [a, b]
}

class End implements Link {
  readonly mac: Uint8Array = NO_MAC
  readonly ethernet = true
  readonly mtu: number
  readonly out = new Uint8Array(FRAME_BYTES)
  readonly #mangle: Mangle
  #queue: Uint8Array[] = []
  #receive: Receive | undefined
  #idle: (() => void) | undefined
  #received = 0
  #sent = 0
  peer: End | undefined

  constructor(mtu: number, mangle: Mangle) {
    this.mtu = mtu
    this.#mangle = mangle
  }

  open(receive: Receive, idle: () => void): void {
    this.#receive = receive
    this.#idle = idle
  }

  reserve(): number {
    return 0
  }

  commit(length: number): void {
    this.#sent++
    this.#queue.push(this.out.slice(0, length))
  }

  flush(): void {
    const queue = this.#queue
    if (queue.length === 0) return
    this.#queue = []
    for (const frame of queue)
      for (const arrived of this.#mangle(frame)) this.peer?.deliver(arrived)
    this.peer?.idle()
  }

  deliver(frame: Uint8Array): void {
    this.#received++
    this.#receive?.(frame, 0, frame.length, true)
  }

  idle(): void {
    this.#idle?.()
  }

  async close(): Promise<void> {
    this.#receive = undefined
    this.#idle = undefined
  }

  stats(): LinkStats {
    return { received: this.#received, sent: this.#sent, lostReceive: 0, lostSend: 0 }
  }
}
