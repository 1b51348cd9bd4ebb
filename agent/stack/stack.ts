/**
 * The network stack: frames and the time in, frames and flows out. It owns no clock, no socket and
 * no randomness. One thread owns it. Hot path: receive → intake → tcp → flow; nothing here allocates for a packet.
 */
import type { Link } from '../link/link.ts'
import * as wire from '../wire/tcp.ts'
import * as arp from './arp.ts'
import { Connection, TIME_WAIT } from './connection.ts'
import { Connections } from './connections.ts'
import { SILENT } from './doors.ts'
import { Handshake } from './handshake.ts'
import type { Host } from './host.ts'
import { Hosts } from './hosts.ts'
import { Intake } from './intake.ts'
import type { Repeat } from './repeats.ts'
import { blankStats, type StackStats } from './stats.ts'
import { Transmit } from './transmit.ts'
import { REFUSED, Udp } from './udp.ts'
import { sendDatagram } from './udp-send.ts'
import { Wheel } from './wheel.ts'
import type { StackOptions, World } from './world.ts'

export type { StackOptions, World } from './world.ts'

export class Stack {
  readonly stats: StackStats = blankStats()
  /** Datagrams, and the flows that they are taken for. */
  readonly udp: Udp
  readonly #link: Link
  readonly #options: StackOptions
  readonly #hosts: Hosts
  readonly #transmit: Transmit
  readonly #intake: Intake
  readonly #handshake: Handshake
  readonly #connections: Connections
  readonly #wheel: Wheel
  #now: number

  /** `now`: monotonic milliseconds, here and in every call. */
  constructor(link: Link, world: World, options: StackOptions, now: number) {
    this.#link = link
    this.#options = options
    this.#now = Math.floor(now)
    this.#hosts = new Hosts(world, options.ownAddress ? undefined : link.mac)
    this.#transmit = new Transmit(link)
    const { datagrams } = options
    this.#intake = new Intake({
      link,
      hosts: this.#hosts,
      names: options.names,
      transmit: this.#transmit,
      stats: this.stats,
      ownAddress: options.ownAddress,
      trusting: options.flows.trusting,
      key: world.random(8),
      datagram: (host, bytes, offset, length, at) => {
        if (!options.exempt(this.#intake.peer.localPort))
          return this.udp.receive(host, this.#intake.peer, bytes, offset, length, at) === REFUSED
        this.stats.exempt++
        return false
      },
    })
    this.udp = new Udp({
      world: datagrams,
      doors: options.doors,
      mtu: link.mtu,
      random: world.random(16),
      proven: (source, at) => this.#handshake.knows(source, at),
      send: (flow, payload) => sendDatagram(this.#transmit, flow, payload),
    })
    this.#wheel = new Wheel(now, (entry, at) =>
      entry instanceof Connection
        ? this.#connections.expire(entry, at)
        : this.#handshake.expire(entry as Repeat, at),
    )
    this.#handshake = new Handshake(
      this.#intake,
      this.#transmit,
      world,
      options,
      this.stats,
      this.#wheel,
    )
    this.#connections = new Connections(
      world,
      options,
      this.#transmit,
      this.#intake,
      this.#handshake,
      this.#wheel,
      this.stats,
    )
  }

  get flows(): number {
    return this.#connections.size
  }
  get nextTick(): number {
    return this.#wheel.next
  }
  get lostSend(): number {
    return this.#transmit.lost
  }
  /** Bytes that all flows together hold. */
  get heldBytes(): number {
    return this.#connections.heldBytes
  }

  /** Take up an address, in steps of arp.STEP_MS from 0 on. False: that was the last. */
  join(address: number, step = 0): boolean {
    const host = this.#hosts.at(address, this.#now)
    if (host === undefined || !this.#announces) return false
    return arp.join(this.#link, host, this.#options.gateway, step)
  }

  /** The same for IPv6: the claim, and when PROBE_MS have passed, `settle6`. */
  join6(words: Int32Array): void {
    const host = this.#hosts.at(this.#options.names.nameOf(words), this.#now, words)
    if (host !== undefined && this.#announces) this.#intake.six.discovery.claim(host)
  }

  settle6(words: Int32Array): void {
    const host = this.#hosts.at(this.#options.names.nameOf(words), this.#now)
    if (host !== undefined && this.#announces)
      this.#intake.six.discovery.settle(host, false, undefined)
  }

  get #announces(): boolean {
    return this.#options.ownAddress && this.#options.quiet !== true
  }

  /** One frame (or bare IP packet). `checksums` false: the transport checksum is the sender's hardware's business. */
  receive(
    bytes: Uint8Array,
    offset: number,
    length: number,
    checksums: boolean,
    now: number,
  ): void {
    this.#moves(now)
    this.#handshake.exactNow = now
    const host = this.#intake.take(bytes, offset, length, checksums, this.#now)
    if (host !== undefined) this.#answerTcp(host)
  }

  /** After a batch of frames: serve who has news, send what is due. */
  flush(now: number): void {
    this.#moves(now)
    this.#handshake.overload.feel(this.#link.backlog ?? 0, this.#now)
    this.#connections.work()
    this.#link.flush()
  }

  tick(now: number): void {
    this.#moves(now)
    this.#wheel.tick(now)
    this.flush(now)
  }

  /** Reset every flow: shutdown, or the end of an identity. */
  closeAll(): void {
    this.#connections.closeAll()
    this.#link.flush()
  }

  #moves(now: number): void {
    this.#now = Math.floor(now)
    this.#connections.now = this.#now
  }

  #answerTcp(host: Host): void {
    const { segment: s } = this.#intake
    if (this.#options.exempt(s.destinationPort)) {
      this.stats.exempt++
      return
    }
    const hash = this.#handshake.hash(host)
    const connections = this.#connections
    const known = connections.find(host, hash)
    const kind = s.flags & (wire.SYN | wire.ACK | wire.RST | wire.FIN)
    if (known !== undefined && !(known.state === TIME_WAIT && kind === wire.SYN)) {
      connections.segmentOf(known)
      return
    }
    // RFC 9293 3.6.1: a new SYN may take over a connection in TIME-WAIT.
    if (known !== undefined) connections.close(known, undefined)
    if (kind === wire.SYN) this.#handshake.answerSyn(host, hash, this.#now)
    else if ((kind & (wire.ACK | wire.SYN | wire.RST)) === wire.ACK) {
      const door = this.#handshake.prove(host, hash, this.#now)
      if (door !== SILENT) connections.open(host, hash, door)
    } else this.#handshake.stray(host, hash, this.#now)
  }
}
