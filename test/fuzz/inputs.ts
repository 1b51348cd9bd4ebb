/** Frames for the fuzzer: plausible ones, and what chance makes of them. */
import * as ethernet from '../../agent/wire/ethernet.ts'
import * as ipv4 from '../../agent/wire/ipv4.ts'
import * as tcp from '../../agent/wire/tcp.ts'
import { arpFrame, ipFrame, segment, tcpFrame } from '../agent/stack/frames.ts'
import { LOCAL, LOCAL_MAC, REMOTE } from '../agent/stack/world.ts'

export type Random = (below: number) => number
const IP = ethernet.HEADER_BYTES
const PORTS = [80, 8080, 113, 9999, 40_404, 60_001]
const OPTIONS = [
  '',
  'mss 1460',
  'mss 1460,sok,ts 100 0,nop,ws 7',
  'mss 1460,nop,ws 8,nop,nop,sok',
  'mss 64',
  'mss 65535,ws 14',
  'nop,nop,ts 5 5',
]

/** What the fuzzer knows of a connection that the stack has answered. */
export type Peer = { port: number; local: number; sequence: number; isn: number; theirs: number }

export class Inputs {
  readonly #random: Random
  readonly #corpus: readonly Uint8Array[]
  readonly #peers = new Map<string, Peer>()

  /** `corpus`: Ethernet frames of real captures. */
  constructor(random: Random, corpus: readonly Uint8Array[]) {
    this.#random = random
    this.#corpus = corpus
  }

  /** Learn from what the stack has sent. */
  heard(s: tcp.Tcp): void {
    const peer = this.#peers.get(`${s.destinationPort} ${s.sourcePort}`)
    if (peer === undefined || (s.flags & tcp.RST) !== 0) return
    if ((s.flags & tcp.SYN) !== 0) peer.isn = s.sequence
    peer.theirs = (s.sequence + s.payloadBytes + (s.flags & (tcp.SYN | tcp.FIN) ? 1 : 0)) | 0
    // Fewer bytes than were sent are believed too, now and then.
    if (this.#random(4) > 0) peer.sequence = s.acknowledgment
  }

  next(): Uint8Array[] {
    const random = this.#random
    const dice = random(100)
    if (dice < 10) return [this.#syn()]
    if (dice < 60) return [tcpFrame(this.#followUp())]
    if (dice < 75) return this.#fragments()
    if (dice < 80) return [arpFrame(random(3) === 0 ? random(2 ** 32) | 0 : LOCAL, REMOTE)]
    if (dice < 83) return [ipFrame(ipv4.ICMP, this.#bytes(random(80)))]
    if (dice < 86) return [this.#bytes(random(200))]
    if (dice < 88) return [ipFrame(random(256), this.#bytes(random(100)))]
    return [this.#real() ?? this.#syn()]
  }

  /** Turn bits over, cut, stretch; mostly with the IP header's sum put right, so that it gets further. */
  mutate(frame: Uint8Array): Uint8Array {
    const random = this.#random
    let bytes = Uint8Array.from(frame)
    for (let i = random(4); i > 0 && bytes.length > 0; i--) {
      const at = random(bytes.length)
      const dice = random(4)
      if (dice === 0) bytes[at] = (bytes[at] as number) ^ (1 << random(8))
      else if (dice === 1) bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random(5)] as number
      else if (dice === 2) bytes = bytes.subarray(0, at)
      else bytes = Uint8Array.from([...bytes, ...this.#bytes(random(20))])
    }
    if (random(10) < 8) sealIp(bytes)
    return bytes
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#random(256))
  }

  #syn(): Uint8Array {
    const random = this.#random
    const port = 40_000 + random(100)
    const local = PORTS[random(PORTS.length)] as number
    const isn = [0, -1, 0x7fffffff, random(2 ** 32) | 0][random(4)] as number
    this.#peers.delete(`${port} ${local}`)
    this.#peers.set(`${port} ${local}`, { port, local, sequence: (isn + 1) | 0, isn: 0, theirs: 0 })
    return tcpFrame({
      sourcePort: port,
      destinationPort: local,
      sequence: isn,
      flags: tcp.SYN | (random(8) === 0 ? random(256) : 0),
      window: [0, 1, 1024, 65_535][random(4)] as number,
      options: OPTIONS[random(OPTIONS.length)] as string,
      payload: random(8) === 0 ? this.#bytes(random(100)) : new Uint8Array(0),
    })
  }

  #followUp(): Parameters<typeof segment>[0] {
    const random = this.#random
    // Mostly the latest, so that conversations go deep.
    const peers = [...this.#peers.values()]
    const peer = random(4) === 0 ? peers[random(peers.length)] : peers.at(-1 - random(8))
    const near = (): number =>
      random(3) > 0 ? 0 : ([1, -1, 10, 1460, -1460, 65_535, 70_000][random(7)] as number)
    const length = random(3) > 0 ? 0 : random(1400)
    const flags =
      tcp.ACK | (random(6) === 0 ? ([tcp.FIN, tcp.RST, tcp.SYN, 255][random(4)] as number) : 0)
    return {
      sourcePort: peer?.port ?? 1,
      destinationPort: peer?.local ?? 80,
      sequence: ((peer?.sequence ?? 0) + near()) | 0,
      acknowledgment: ((peer?.theirs ?? 0) + near()) | 0,
      flags: random(20) === 0 ? random(256) : flags,
      window: [0, 1, 100, 1024, 65_535][random(5)] as number,
      options: random(3) === 0 ? `nop,nop,ts ${random(1000)} 0` : '',
      payload: this.#bytes(length),
    }
  }

  #fragments(): Uint8Array[] {
    const random = this.#random
    const whole = segment(this.#followUp())
    const id = random(4)
    const frames: Uint8Array[] = []
    for (let at = 0; at < whole.length && frames.length < 80; ) {
      const end = Math.min(at + 8 * (1 + random(30)), whole.length)
      const more = end < whole.length
      frames.push(ipFrame(ipv4.TCP, whole.subarray(at, end), { id, fragmentOffset: at, more }))
      at = random(12) === 0 ? Math.max(end - 8, 0) : end
    }
    if (random(2) === 0) frames.reverse()
    if (random(5) === 0) frames.splice(random(frames.length), 1)
    return frames
  }

  /** A captured frame, sent to us. */
  #real(): Uint8Array | undefined {
    const frame = this.#corpus[this.#random(this.#corpus.length)]
    if (frame === undefined || frame.length < IP + ipv4.HEADER_BYTES) return undefined
    const bytes = Uint8Array.from(frame)
    if (this.#random(8) > 0) bytes.set(LOCAL_MAC)
    new DataView(bytes.buffer).setInt32(IP + 16, LOCAL)
    sealIp(bytes)
    return bytes
  }
}

/** The right header checksum, where there is a header. */
function sealIp(bytes: Uint8Array): void {
  const words = ((bytes[IP] ?? 0) & 15) * 2
  if (bytes.length < IP + words * 2 || words < 10) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  view.setUint16(IP + 10, 0)
  let sum = 0
  for (let i = 0; i < words; i++) sum += view.getUint16(IP + 2 * i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(IP + 10, ~sum)
}
