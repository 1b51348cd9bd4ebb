/** One frame after another in one buffer: a seed, aimed at a live connection or not, and what chance makes of it. */
import { fold, pseudoHeader, pseudoHeader6At, sum } from '../../agent/wire/checksum.ts'
import * as ethernet from '../../agent/wire/ethernet.ts'
import { FRAGMENT, ICMP6 } from '../../agent/wire/extensions6.ts'
import { i32, put16, put32, u16 } from '../../agent/wire/integers.ts'
import * as ipv4 from '../../agent/wire/ipv4.ts'
import * as ipv6 from '../../agent/wire/ipv6.ts'
import * as tcp from '../../agent/wire/tcp.ts'
import { REMOTE } from '../agent/stack/world.ts'
import type { Random } from './inputs.ts'
import { PORTS } from './seeds.ts'

const IP = ethernet.HEADER_BYTES
const MAX_OFFSET = 7
const MAX_FRAME = 1514
const SOURCES = 8
const PEERS = 32
const MAGIC = [0, 1, 0x7f, 0x80, 0xff]
const NEAR = [1, -1, 10, 1460, -1460, 65_535, 70_000]

/** A connection that the stack has answered, as its visitor knows it. */
type Peer = { source: number; port: number; local: number; ours: number; theirs: number }

export class Mutator {
  readonly bytes = new Uint8Array(MAX_OFFSET + MAX_FRAME)
  offset = 0
  length = 0
  /** Whether its checksums are to be believed: false half of the time, or few mutants get far. */
  checksums = false
  readonly #random: Random
  readonly #seeds: readonly Uint8Array[]
  readonly #peers: Peer[] = []
  #next = 0
  /** The seed that comes next: the rest of a datagram follows its first fragment, mostly. */
  #following = -1

  constructor(random: Random, seeds: readonly Uint8Array[]) {
    this.#random = random
    this.#seeds = seeds
  }

  /** Learn from an IPv4 or IPv6 frame of the stack's with TCP in it; `at`: of the TCP header; `source`: the last word of the visitor's address. */
  heard(frame: Uint8Array, at: number, source: number, payloadBytes: number): void {
    const flags = frame[at + 13] as number
    if ((flags & tcp.ACK) === 0 || (flags & tcp.RST) !== 0) return
    const local = u16(frame, at)
    const port = u16(frame, at + 2)
    let peer = this.#peers.find((p) => p.port === port && p.local === local && p.source === source)
    if (peer === undefined) {
      peer = { source, port, local, ours: 0, theirs: 0 }
      this.#peers[this.#next++ % PEERS] = peer
    }
    const counted = payloadBytes + ((flags & (tcp.SYN | tcp.FIN)) === 0 ? 0 : 1)
    peer.theirs = (i32(frame, at + 4) + counted) | 0
    peer.ours = i32(frame, at + 8)
  }

  next(): void {
    const random = this.#random
    const index = this.#following >= 0 ? this.#following : random(this.#seeds.length)
    const seed = this.#seeds[index] as Uint8Array
    const fragment = isFragment(seed)
    this.#following = fragment && random(4) > 0 ? (index + 1) % this.#seeds.length : -1
    this.offset = random(MAX_OFFSET)
    this.length = seed.length
    this.bytes.set(seed, this.offset)
    this.checksums = random(2) === 0
    if (!fragment) this.#aim()
    if (random(fragment ? 8 : 3) > (fragment ? 6 : 0)) this.#mutate()
    if (random(10) < 8) this.#seal()
  }

  /** Mostly from few sources, to ports that matter; TCP mostly into a connection that is there. */
  #aim(): void {
    const { bytes, offset, length } = this
    const random = this.#random
    const four = u16(bytes, offset + 12) === ethernet.IPV4
    const six = u16(bytes, offset + 12) === ethernet.IPV6
    const ip = offset + IP
    const at = four ? ip + ((bytes[ip] as number) & 15) * 4 : ip + ipv6.HEADER_BYTES
    if ((!four && !six) || at + tcp.HEADER_BYTES > offset + length) return
    const from = four ? ip + 12 : ip + ipv6.SOURCE_AT + 12
    if (random(8) > 0) put32(bytes, from, REMOTE + random(SOURCES))
    if (bytes[four ? ip + 9 : ip + 6] !== ipv4.TCP || random(6) === 0) return
    if (random(4) === 0) {
      put16(bytes, at, 40_000 + random(100))
      put16(bytes, at + 2, PORTS[random(PORTS.length)] as number)
      if (random(2) === 0) bytes[at + 13] = tcp.SYN
      return
    }
    const peer = this.#peers[random(this.#peers.length)]
    if (peer === undefined) return
    const near = (): number => (random(3) > 0 ? 0 : (NEAR[random(NEAR.length)] as number))
    put32(bytes, from, peer.source)
    put16(bytes, at, peer.port)
    put16(bytes, at + 2, peer.local)
    put32(bytes, at + 4, (peer.ours + near()) | 0)
    put32(bytes, at + 8, (peer.theirs + near()) | 0)
    const flags =
      tcp.ACK | (random(8) === 0 ? ([tcp.FIN, tcp.RST, tcp.SYN, 255][random(4)] as number) : 0)
    bytes[at + 13] = flags
    if (random(2) === 0) put16(bytes, at + 14, 65_535)
  }

  /** Turn bits over, put in edges, cut, stretch, join with another. */
  #mutate(): void {
    const { bytes, offset } = this
    const random = this.#random
    for (let i = 1 + random(3); i > 0 && this.length > 0; i--) {
      // Headers matter more than what they carry.
      const at = random(4) === 0 ? random(this.length) : random(Math.min(this.length, 74))
      const dice = random(16)
      if (dice < 6) bytes[offset + at] = (bytes[offset + at] as number) ^ (1 << random(8))
      else if (dice < 11) bytes[offset + at] = MAGIC[random(MAGIC.length)] as number
      else if (dice < 13) bytes[offset + at] = random(256)
      else if (dice < 14) this.length = at
      else if (dice < 15) this.length = Math.min(this.length + random(64), MAX_FRAME)
      else {
        const other = this.#seeds[random(this.#seeds.length)] as Uint8Array
        const part = other.subarray(Math.min(at, other.length)).subarray(0, MAX_FRAME - at)
        bytes.set(part, offset + at)
        this.length = at + part.length
      }
    }
  }

  /** The right checksums, where there are headers for them. */
  #seal(): void {
    const { bytes, offset, length } = this
    const ip = offset + IP
    const end = offset + length
    if (u16(bytes, offset + 12) === ethernet.IPV4) {
      const at = ip + ((bytes[ip] as number) & 15) * 4
      if (at < ip + ipv4.HEADER_BYTES || at > end) return
      put16(bytes, ip + 10, 0)
      put16(bytes, ip + 10, fold(sum(bytes, ip, at - ip, 0)))
      const rest = Math.min(u16(bytes, ip + 2) - (at - ip), end - at)
      const protocol = bytes[ip + 9] as number
      const seed =
        protocol === ipv4.ICMP
          ? 0
          : pseudoHeader(i32(bytes, ip + 12), i32(bytes, ip + 16), protocol, rest)
      if (rest > 0) this.#sealAt(at, rest, protocol, seed)
    } else if (length >= IP + ipv6.HEADER_BYTES) {
      const at = ip + ipv6.HEADER_BYTES
      const rest = Math.min(u16(bytes, ip + 4), end - at)
      const next = bytes[ip + 6] as number
      const seed = pseudoHeader6At(bytes, ip + ipv6.SOURCE_AT, next, rest)
      if (rest > 0) this.#sealAt(at, rest, next, seed)
    }
  }

  #sealAt(at: number, length: number, protocol: number, seed: number): void {
    const field =
      protocol === ipv4.TCP
        ? 16
        : protocol === ipv4.UDP
          ? 6
          : protocol === ipv4.ICMP || protocol === ICMP6
            ? 2
            : -1
    if (field < 0 || length < field + 2) return
    put16(this.bytes, at + field, 0)
    put16(this.bytes, at + field, fold(sum(this.bytes, at, length, seed)))
  }
}

function isFragment(frame: Uint8Array): boolean {
  if (frame.length < IP + ipv4.HEADER_BYTES) return false
  const type = u16(frame, 12)
  return type === ethernet.IPV4
    ? (u16(frame, IP + 6) & ~ipv4.DONT_FRAGMENT) !== 0
    : type === ethernet.IPV6 && frame[IP + 6] === FRAGMENT
}
