/** What one visitor's port sent to one of ours, as long as it is not idle: counters in plain fields, and what whoever serves it sees. */
import type { Endpoint } from '../../protocols/protocol.ts'
import type { Persona } from '../../rotation/persona.ts'
import type { Door } from '../event.ts'
import { addressText6 } from '../wire/address6.ts'
import { addressText } from '../wire/ipv4.ts'
import type { Ending } from './flow.ts'
import type { Host } from './host.ts'
import type { Peer } from './transmit.ts'

/** What a flow needs of the stack that made it. */
export interface UdpOwner {
  flowId(flow: UdpFlow): string
  /** Bytes that may go out in the next datagram. */
  room(flow: UdpFlow): number
  reply(flow: UdpFlow, payload: Uint8Array): boolean
}

export class UdpFlow {
  readonly transport = 'udp'
  readonly owner: UdpOwner
  /** Which of its table's places for payload is its own. */
  readonly slot: number
  host: Host
  hash = 0
  serial = 0
  macHigh = 0
  macLow = 0
  /** int32; of IPv6 its name. */
  remoteAddress = 0
  /** Of IPv6 (when the host has words): the address itself. */
  remoteWords: Int32Array | undefined = undefined
  remotePort = 0
  localPort = 0
  /** The door that let it in; undefined: the port refuses or is silent. */
  door: Door | undefined = undefined
  /** Monotonic milliseconds of the first datagram and of the last. */
  openedAt = 0
  lastAt = 0
  /** Of payload. */
  bytesIn = 0
  bytesOut = 0
  datagramsIn = 0
  datagramsOut = 0
  /** Bytes of payload that are kept. */
  keptBytes = 0
  ending: Ending | undefined = undefined
  /** Someone outside has seen it: the object is not used again for another flow. */
  shown = false
  // What its server knows of it.
  /** Who understood it first. */
  protocol = 'generic'
  /** A datagram was nobody's, or malformed. */
  puzzling = false
  observations = 0
  /** Our bug was met: it is not served any more. */
  failed = false
  // Links of the table it is in.
  hashNext: UdpFlow | undefined = undefined
  older: UdpFlow | undefined = undefined
  newer: UdpFlow | undefined = undefined
  #remote: Endpoint | undefined = undefined
  #local: Endpoint | undefined = undefined

  constructor(owner: UdpOwner, slot: number, host: Host) {
    this.owner = owner
    this.slot = slot
    this.host = host
  }

  /** A flow begins in an object that is new or that nobody has seen. */
  begin(host: Host, peer: Peer, hash: number, serial: number, door: Door | undefined): void {
    this.host = host
    this.hash = hash
    this.serial = serial
    this.remoteAddress = peer.address
    this.remotePort = peer.port
    this.localPort = peer.localPort
    if (host.words !== undefined) {
      this.remoteWords ??= new Int32Array(4)
      this.remoteWords.set(peer.words)
    }
    this.door = door
    this.bytesIn = 0
    this.bytesOut = 0
    this.datagramsIn = 0
    this.datagramsOut = 0
    this.keptBytes = 0
  }

  /** 16 hex digits, unique within the sensor's run and hard to guess. */
  get id(): string {
    return this.owner.flowId(this)
  }
  get remote(): Endpoint {
    const words = this.host.words === undefined ? undefined : this.remoteWords
    this.#remote ??= { address: text(this.remoteAddress, words), port: this.remotePort }
    return this.#remote
  }
  get local(): Endpoint {
    this.#local ??= { address: text(this.host.address, this.host.words), port: this.localPort }
    return this.#local
  }
  /** A protocol has claimed every datagram that was served, and found nothing malformed. */
  get understood(): boolean {
    return this.protocol !== 'generic' && !this.puzzling
  }
  /** The persona on duty when the flow began. */
  get persona(): Persona {
    return this.host.persona
  }
  /** Bytes that may still go out: never more than came in, until the visitor's address is proven. */
  get allowance(): number {
    return Math.max(this.owner.room(this), 0)
  }
  /** Send one datagram. False: nothing was sent. */
  reply(payload: Uint8Array): boolean {
    return this.owner.reply(this, payload)
  }
}

const text = (address: number, words: Int32Array | undefined): string =>
  words === undefined ? addressText(address) : addressText6(words)
