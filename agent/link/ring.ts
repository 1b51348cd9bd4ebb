/**
 * The default link: an AF_PACKET ring (TPACKET_V3) that the kernel fills and this file reads in place.
 *
 * A block of frames is lent to us by its status word and goes back by the same word; nothing is copied
 * and nothing is allocated for a frame. One turn of the event loop reads at most one pass over the
 * blocks and about FRAMES_PER_TURN frames. What is left wakes the next turn by itself, because the
 * kernel reports a socket as readable until its newest block has been given back.
 *
 * VLAN: the kernel takes the outermost 802.1Q/802.1ad tag off before the ring sees a frame. Such a
 * frame is delivered untagged and counted in `stats().tagged`, not dropped: priority-tagged frames
 * (VLAN 0) are ordinary traffic, and on a trunk port seeing all of it is what the operator asked for.
 * Answers leave untagged, so a sensor that must answer inside a VLAN is given that VLAN's own interface.
 */
import { createRequire } from 'node:module'
import type { Link, LinkStats, Receive } from './link.ts'
import { errorCode, interfaceError, LinkError } from './link-error.ts'
import { SendSlots } from './send-slots.ts'

const FRAMES_PER_TURN = 4096
/** 16 MiB hold a sweep of all ports whole: nothing is lost though this thread should not run meanwhile. */
const DEFAULTS = { blockBytes: 256 * 1024, blocks: 64, retireMs: 1, slots: 256 }

// linux/if_packet.h: struct tpacket_block_desc, in 32-bit words
const BLOCK_STATUS = 2
const BLOCK_FRAMES = 3
const BLOCK_FIRST = 4
// struct tpacket3_hdr, in 32-bit words; tp_mac is the 16-bit word after them
const NEXT_OFFSET = 0
const CAPTURED = 3
const ON_WIRE = 4
const STATUS = 5
const MAC_OFFSET = 6
// native/fanout.h
const ALONE = -2
const NEW_GROUP = -1
const STATUS_KERNEL = 0
const STATUS_USER = 1
const CHECKSUM_NOT_READY = 1 << 3
const VLAN_VALID = 1 << 4

export type RingOptions = {
  /** Bytes of one block, a multiple of the page size; a frame may fill it. */
  readonly blockBytes?: number
  readonly blocks?: number
  /** Longest time a frame waits for its block to fill, in ms. */
  readonly retireMs?: number
  /** Frames that leave in one system call. */
  readonly slots?: number
  /**
   * Rings of one group share the interface, each with the frames of its own sources (native/fanout.c):
   * 'new' begins a group, its number joins it. Absent: every frame.
   */
  readonly group?: 'new' | number
  /** Told when the interface goes down while open. The link goes on by itself when it comes back. */
  readonly trouble?: (error: LinkError) => void
  /** The compiled addon; by default where `npm run native` puts it. */
  readonly addon?: string
}

export type RingStats = LinkStats & {
  /** Frames that came with a VLAN tag. */
  readonly tagged: number
}

export type RingLink = Link & {
  /** The number by which other rings join; of no use without `group`. */
  readonly group: number
  stats(): RingStats
}

/** native/ring.c */
type Native = {
  readonly ring: ArrayBuffer
  readonly out: ArrayBuffer
  readonly slotBytes: number
  readonly slots: number
  readonly mtu: number
  readonly mac: ArrayBuffer
  readonly ethernet: boolean
  readonly group: number
  watch(ready: (error?: string) => void): void
  send(count: number): number
  dropped(): number
  close(): void
}
type Geometry = { blockBytes: number; blocks: number; retireMs: number; slots: number }
type Addon = {
  open(ifname: string, options: Geometry & { group: number }): Native
  trim(): void
}

export function openRing(ifname: string, options: RingOptions = {}): RingLink {
  const addon = load(options.addon ?? ADDON)
  const { blockBytes, blocks, retireMs, slots } = { ...DEFAULTS, ...options }
  const geometry = { blockBytes, blocks, retireMs, slots }
  try {
    const trouble = (code: string) => options.trouble?.(interfaceError(ifname, code))
    const group = options.group === 'new' ? NEW_GROUP : (options.group ?? ALONE)
    return new Ring(addon.open(ifname, { ...geometry, group }), geometry, trouble)
  } catch (error) {
    throw interfaceError(ifname, errorCode(error, 'EIO'), error)
  }
}

/** malloc's free memory back to the system; where the addon is missing there is nothing to do. */
export function releaseMemory(): void {
  try {
    load(ADDON).trim()
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
  }
}

const ADDON = './native/build/ring.node'

function load(path: string): Addon {
  try {
    return createRequire(import.meta.url)(path)
  } catch (error) {
    const code = errorCode(error, 'ERR_DLOPEN_FAILED')
    throw new LinkError(code, 'ring.node is missing or does not load: npm run native', error)
  }
}

class Ring implements RingLink {
  readonly mac: Uint8Array
  readonly mtu: number
  readonly ethernet: boolean
  readonly group: number
  readonly #native: Native
  readonly #trouble: (code: string) => void
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #shorts: Uint16Array
  readonly #blockWords: number
  readonly #blocks: number
  readonly #slots: SendSlots
  #next = 0
  #waiting = 0
  #receive: Receive | undefined
  #idle: (() => void) | undefined
  #state: 'open' | 'walking' | 'closing' | 'closed' = 'open'
  #received = 0
  #tagged = 0
  #cut = 0
  #dropped = 0

  constructor(native: Native, geometry: Geometry, trouble: (code: string) => void) {
    this.#native = native
    this.#trouble = trouble
    this.mac = new Uint8Array(native.mac)
    this.mtu = native.mtu
    this.ethernet = native.ethernet
    this.group = native.group
    this.#bytes = new Uint8Array(native.ring)
    this.#words = new Uint32Array(native.ring)
    this.#shorts = new Uint16Array(native.ring)
    this.#blockWords = geometry.blockBytes / Uint32Array.BYTES_PER_ELEMENT
    this.#blocks = geometry.blocks
    const outBytes = native.slots * native.slotBytes
    const out = new Uint8Array(native.out, 0, outBytes)
    const lengths = new Uint32Array(native.out, outBytes, native.slots)
    this.#slots = new SendSlots(out, lengths, native.slotBytes, (count) => native.send(count))
  }

  get out(): Uint8Array {
    return this.#slots.out
  }

  open(receive: Receive, idle: () => void): void {
    this.#receive = receive
    this.#idle = idle
    this.#native.watch((error) => {
      if (error === undefined) this.#pass()
      else this.#trouble(error)
    })
  }

  #pass(): void {
    if (this.#state !== 'open') return
    this.#state = 'walking'
    try {
      this.#waiting = this.#full()
      let frames = 0
      for (let n = 0; n < this.#blocks && frames < FRAMES_PER_TURN && this.#walking(); n++) {
        const block = this.#next * this.#blockWords
        if ((Atomics.load(this.#words, block + BLOCK_STATUS) & STATUS_USER) === 0) break
        this.#next = (this.#next + 1) % this.#blocks
        try {
          frames += this.#walk(block)
        } finally {
          Atomics.store(this.#words, block + BLOCK_STATUS, STATUS_KERNEL)
        }
        this.#idle?.()
      }
    } finally {
      const closing = !this.#walking()
      this.#state = 'open'
      if (closing) this.#end()
    }
  }

  get backlog(): number {
    return this.#waiting / this.#blocks
  }

  /** Blocks that the kernel has filled and we have not read. */
  #full(): number {
    for (let n = 0; n < this.#blocks; n++) {
      const block = ((this.#next + n) % this.#blocks) * this.#blockWords
      if ((Atomics.load(this.#words, block + BLOCK_STATUS) & STATUS_USER) === 0) return n
    }
    return this.#blocks
  }

  #walking(): boolean {
    return this.#state === 'walking'
  }

  /** Delivers the frames of the block that starts at word `block`; returns their number. */
  #walk(block: number): number {
    const words = this.#words
    const count = words[block + BLOCK_FRAMES] ?? 0
    let at = block + (words[block + BLOCK_FIRST] ?? 0) / 4
    for (let i = 0; i < count && this.#state === 'walking'; i++) {
      const status = words[at + STATUS] ?? 0
      const length = words[at + CAPTURED] ?? 0
      if ((status & VLAN_VALID) !== 0) this.#tagged++
      if (length === words[at + ON_WIRE]) {
        const offset = at * 4 + (this.#shorts[(at + MAC_OFFSET) * 2] ?? 0)
        this.#received++
        this.#receive?.(this.#bytes, offset, length, (status & CHECKSUM_NOT_READY) === 0)
      } else {
        this.#cut++ // longer than a block: BIG TCP
      }
      at += (words[at + NEXT_OFFSET] ?? 0) / 4
    }
    return count
  }

  reserve(): number {
    return this.#slots.reserve()
  }

  commit(length: number): void {
    this.#slots.commit(length)
  }

  flush(): void {
    this.#slots.flush()
  }

  async close(): Promise<void> {
    // The frame being delivered lies in memory that closing takes away: then the pass closes.
    if (this.#state === 'walking') this.#state = 'closing'
    else if (this.#state === 'open') this.#end()
  }

  #end(): void {
    this.#state = 'closed'
    this.#slots.close()
    this.#dropped = this.#native.dropped()
    this.#native.close()
    this.#receive = undefined
    this.#idle = undefined
  }

  stats(): RingStats {
    if (this.#state !== 'closed') this.#dropped = this.#native.dropped()
    const { sent, lost } = this.#slots
    const lostReceive = this.#dropped + this.#cut
    return { received: this.#received, sent, lostReceive, lostSend: lost, tagged: this.#tagged }
  }
}
