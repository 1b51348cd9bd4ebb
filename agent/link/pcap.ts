/**
 * The portable link: libpcap (node-pcap's binding) to capture, its `inject` to send on Ethernet, and
 * raw-socket to send where frames are bare IP packets (tun, ppp).
 *
 * Its limits, all of the packages' making:
 * - node-pcap's `dispatch` returns only when the socket is empty, so a flood could hold the event loop
 *   for ever. It cannot be made to stop earlier: past FRAMES_PER_TURN frames the rest of the turn is
 *   shed unread and counted as lost, which empties the socket at the cheapest rate there is.
 * - Main thread only: node-pcap never closes its poll handle, which aborts the process when a worker
 *   ends, and raw-socket polls on the main thread's loop whatever thread it is in.
 * - A closed session lingers until the next frame comes: only then does libpcap notice. With no traffic
 *   at all it keeps the event loop alive; whoever means to end the process exits.
 * - Where outgoing frames cannot be told by their source address (loopback, bare IP) the filter is
 *   `inbound`, which libpcap 1.10 gets wrong in its first block: the frames of the first millisecond
 *   are lost there.
 * - When the interface goes down libpcap gives up: `trouble` is told, and a new link must be opened.
 *
 * VLAN tags and checksums are as in ring.ts: libpcap puts the outermost tag back into the frame, and
 * here it is taken off again and counted; what libpcap hides about checksums, partial-checksum.ts finds.
 */
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import type { Link, Receive } from './link.ts'
import { errorCode, interfaceError, LinkError } from './link-error.ts'
import { leftToHardware } from './partial-checksum.ts'
import { openRawSender, type RawSender } from './raw-sender.ts'
import type { RingStats } from './ring.ts'
import { SendSlots } from './send-slots.ts'

/** About 80 ms of answering. */
const FRAMES_PER_TURN = 16_384
const FRAMES_PER_BATCH = 64
const SLOTS = 256
const KERNEL_BUFFER_BYTES = 16 * 1024 * 1024
/** Not 0: libpcap would then fall back to one slot of snaplen bytes a frame, and lose bursts. */
const KERNEL_TIMEOUT_MS = 1
/** An IP packet of 65,535 bytes behind an Ethernet header and a VLAN tag. */
const SNAP_BYTES = 65_535 + 14 + 4
const LINK_HEADER_BYTES = 14 + 4
const COOKED_HEADER_BYTES = 16
const INTERFACE_NAME_BYTES = 15
// linux/if.h, linux/if_arp.h
const INTERFACE_UP = 1
const ARPHRD_ETHER = 1
/** Loopback's. */
const MAX_MTU = 65_536

export type PcapOptions = {
  /** Told when the interface goes down. */
  readonly trouble?: (error: LinkError) => void
}

export type PcapLink = Link & { stats(): RingStats }

/** node-pcap 3.1.0, pcap_session.cc */
type Session = {
  open_live(
    device: string,
    filter: string,
    bufferBytes: number,
    snapBytes: number,
    dump: string,
    packet: () => void,
    monitor: boolean,
    timeoutMs: number,
    warn: (text: string) => void,
    promiscuous: boolean,
  ): string
  start_polling(): void
  read_callback?: () => void
  /** Calls `packet` for each frame, with its bytes in `frame` and its header in `header`; ≤ 0. */
  dispatch(frame: Buffer, header: Buffer): number
  inject(frame: Buffer): void
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number }
  close(): void
}
/** The session is gone: another dispatch would crash. */
const DISPATCH_ENDED = -2
type Binding = { PcapSession: new () => Session }

/** node-pcap stops its poll handle without closing it, so a collected session would corrupt the loop. */
const retained: Session[] = []

export function openPcap(ifname: string, options: PcapOptions = {}): PcapLink {
  if (!isMainThread)
    throw new LinkError('ENOTSUP', 'the pcap link runs on the main thread only: use the ring')
  const facts = describe(ifname)
  const session = new (load().PcapSession)()
  retained.push(session)
  return new Pcap(ifname, facts, session, options)
}

function load(): Binding {
  try {
    return createRequire(import.meta.url)('pcap/build/Release/pcap_binding.node')
  } catch (error) {
    const code = errorCode(error, 'ERR_DLOPEN_FAILED')
    const message = 'node-pcap does not load: apt-get install libpcap-dev, then npm rebuild pcap'
    throw new LinkError(code, message, error)
  }
}

type Facts = { mac: Uint8Array; mtu: number; filter: string }

function describe(ifname: string): Facts {
  const plain = ifname.length <= INTERFACE_NAME_BYTES && !/[/\s]|^\.*$/.test(ifname)
  if (!plain) throw interfaceError(ifname, 'ENODEV')
  const fact = (name: string) => readFileSync(`/sys/class/net/${ifname}/${name}`, 'latin1').trim()
  try {
    if ((Number(fact('flags')) & INTERFACE_UP) === 0) throw interfaceError(ifname, 'ENETDOWN')
    const ethernet = Number(fact('type')) === ARPHRD_ETHER
    const mac = Buffer.alloc(6)
    if (ethernet) mac.set(Buffer.from(fact('address').replaceAll(':', ''), 'hex').subarray(0, 6))
    // What we inject is not shown to us; what the kernel sends itself would be.
    const filter = ethernet ? `not ether src ${fact('address')}` : 'inbound'
    return { mac, mtu: Math.min(Number(fact('mtu')), MAX_MTU), filter }
  } catch (error) {
    if (error instanceof LinkError) throw error
    throw interfaceError(ifname, 'ENODEV', error)
  }
}

class Pcap implements PcapLink {
  readonly mac: Uint8Array
  readonly mtu: number
  readonly ethernet: boolean
  readonly #ifname: string
  readonly #session: Session
  readonly #trouble: ((error: LinkError) => void) | undefined
  readonly #frame = Buffer.alloc(SNAP_BYTES)
  readonly #header = Buffer.alloc(16)
  readonly #headerBytes: number
  readonly #slots: SendSlots
  readonly #raw: RawSender | undefined
  #receive: Receive | undefined
  #idle: (() => void) | undefined
  #state: 'open' | 'dispatching' | 'closing' | 'closed' = 'open'
  #inTurn = 0
  #received = 0
  #tagged = 0
  #shed = 0
  #dropped = 0

  constructor(ifname: string, facts: Facts, session: Session, options: PcapOptions) {
    this.#ifname = ifname
    this.#session = session
    this.#trouble = options.trouble
    this.mtu = facts.mtu
    const linkType = this.#openLive(facts.filter)
    this.ethernet = linkType === 'LINKTYPE_ETHERNET'
    this.#headerBytes = linkType === 'LINKTYPE_LINUX_SLL' ? COOKED_HEADER_BYTES : 0
    this.mac = facts.mac
    try {
      if (!this.ethernet && this.#headerBytes === 0 && linkType !== 'LINKTYPE_RAW')
        throw new LinkError('ENOTSUP', `${ifname}: ${linkType} is neither Ethernet nor bare IP`)
      if (!this.ethernet) this.#raw = openRawSender(ifname)
    } catch (error) {
      this.#end()
      throw error
    }
    const slotBytes = this.mtu + LINK_HEADER_BYTES
    const out = Buffer.alloc(SLOTS * slotBytes)
    const lengths = new Uint32Array(SLOTS)
    this.#slots = new SendSlots(out, lengths, slotBytes, (count) => {
      let sent = 0
      for (let i = 0; i < count; i++) {
        const start = i * slotBytes
        if (this.#sendOne(out.subarray(start, start + (lengths[i] ?? 0)))) sent++
      }
      return sent
    })
  }

  #openLive(filter: string): string {
    const session = this.#session
    const deliver = () => this.#deliver()
    const ignore = () => {} // "no IPv4 address assigned": the usual state of a sensor's interface
    try {
      return session.open_live(
        this.#ifname,
        filter,
        KERNEL_BUFFER_BYTES,
        SNAP_BYTES,
        '',
        deliver,
        false,
        KERNEL_TIMEOUT_MS,
        ignore,
        true,
      )
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (/permi/i.test(text)) throw interfaceError(this.#ifname, 'EPERM', error)
      throw new LinkError('EIO', `${this.#ifname}: libpcap: ${text}`, error)
    }
  }

  get out(): Uint8Array {
    return this.#slots.out
  }

  open(receive: Receive, idle: () => void): void {
    this.#receive = receive
    this.#idle = idle
    this.#session.read_callback = () => this.#turn()
    this.#session.start_polling()
  }

  #turn(): void {
    if (this.#state !== 'open') return
    this.#state = 'dispatching'
    this.#inTurn = 0
    const result = this.#session.dispatch(this.#frame, this.#header)
    if (this.#inTurn > 0) this.#idle?.()
    if (this.#isClosing()) {
      this.#end()
      return
    }
    this.#state = 'open'
    if (result < 0) this.#trouble?.(interfaceError(this.#ifname, 'ENETDOWN'))
  }

  #isClosing(): boolean {
    return this.#state === 'closing'
  }

  #deliver(): void {
    if (this.#state !== 'dispatching') return
    // struct pcap_pkthdr as node-pcap packs it: seconds, microseconds, captured, on the wire
    let length = this.#header.readUInt32LE(8) - this.#headerBytes
    const whole = length + this.#headerBytes === this.#header.readUInt32LE(12)
    if (++this.#inTurn > FRAMES_PER_TURN || !whole || length <= 0) {
      this.#shed++
      return
    }
    this.#received++
    let offset = this.#headerBytes
    if (this.ethernet && isVlan(this.#frame)) {
      this.#tagged++
      this.#frame.copyWithin(4, 0, 12)
      offset += 4
      length -= 4
    }
    const partial = leftToHardware(this.#frame, offset, length, this.ethernet)
    this.#receive?.(this.#frame, offset, length, !partial)
    if (this.#inTurn % FRAMES_PER_BATCH === 0) this.#idle?.()
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

  #sendOne(frame: Buffer): boolean {
    if (this.#raw) return this.#raw.send(frame)
    try {
      this.#session.inject(frame)
      return true
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'dispatching') this.#state = 'closing'
    else if (this.#state === 'open') this.#end()
  }

  #end(): void {
    this.#state = 'closed'
    this.#slots?.close()
    this.#raw?.close()
    this.#receive = undefined
    this.#idle = undefined
    this.#dropped = this.#session.stats().ps_drop
    // node-pcap closes in two steps: a mark, and the dispatch that meets it.
    this.#session.close()
    const finish = () => {
      if (this.#session.dispatch(this.#frame, this.#header) === DISPATCH_ENDED)
        this.#session.read_callback = () => {}
    }
    this.#session.read_callback = finish
    finish()
  }

  stats(): RingStats {
    if (this.#state !== 'closed') this.#dropped = this.#session.stats().ps_drop
    const { sent, lost } = this.#slots
    const lostReceive = this.#dropped + this.#shed
    return { received: this.#received, sent, lostReceive, lostSend: lost, tagged: this.#tagged }
  }
}

/** 802.1Q or 802.1ad, the two that the kernel takes off by itself. */
function isVlan(frame: Uint8Array): boolean {
  const high = frame[12]
  const low = frame[13]
  return (high === 0x81 && low === 0x00) || (high === 0x88 && low === 0xa8)
}
