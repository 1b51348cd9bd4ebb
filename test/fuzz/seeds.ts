/** What the frame fuzzer mutates: captured frames sent to us, made ones, and all of both over IPv6 too. */
import { fold, sum } from '../../agent/wire/checksum.ts'
import * as ethernet from '../../agent/wire/ethernet.ts'
import { ICMP6 } from '../../agent/wire/extensions6.ts'
import * as ipv4 from '../../agent/wire/ipv4.ts'
import * as ipv6 from '../../agent/wire/ipv6.ts'
import * as tcp from '../../agent/wire/tcp.ts'
import { arpFrame, ipFrame, segment, tcpFrame } from '../agent/stack/frames.ts'
import { LOCAL, LOCAL_MAC, REMOTE, REMOTE_MAC } from '../agent/stack/world.ts'

export const LOCAL6 = Int32Array.of(0xfe800000 | 0, 0, 0x505400ff | 0, 0xfe010203 | 0)
export const REMOTE6 = Int32Array.of(0xfe800000 | 0, 0, 0, 9)
/** Open, asked for, refused, silent, the host's own. */
export const PORTS = [80, 8080, 113, 9999, 60_001]
export const UDP_PORT = 53

const IP = ethernet.HEADER_BYTES
const MAX_FRAME = 1514
const OPTIONS = [
  '',
  'mss 1460',
  'mss 1460,sok,ts 100 0,nop,ws 7',
  'mss 1460,nop,ws 8,nop,nop,sok',
  'mss 64',
  'mss 65535,ws 14',
  'nop,nop,ts 5 5',
]
/** Hop-by-hop, routing, destination options, a first and a last fragment: RFC 8200 4. */
const EXTENSIONS: readonly (readonly [next: number, header: readonly number[]])[] = [
  [0, [0, 0, 1, 4, 0, 0, 0, 0]],
  [43, [0, 0, 0, 0, 0, 0, 0, 0]],
  [60, [0, 0, 1, 2, 0, 0, 1, 0]],
  [44, [0, 0, 0, 1, 0, 0, 0, 7]],
  [44, [0, 0, 0, 8, 0, 0, 0, 7]],
]

export function seeds(corpus: readonly Uint8Array[]): Uint8Array[] {
  const four = [...made(), ...corpus.flatMap((frame) => ours(frame) ?? [])]
  const all = [...four, ...four.flatMap((frame) => over6(frame) ?? []), ...neighbours()]
  return all.filter((frame) => frame.length <= MAX_FRAME)
}

function made(): Uint8Array[] {
  const frames: Uint8Array[] = [arpFrame(LOCAL, REMOTE), arpFrame(REMOTE, LOCAL)]
  const text = Buffer.from('GET /shell?cd+/tmp HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(12))
  for (const destinationPort of PORTS) {
    const spec = { sourcePort: 40_000, destinationPort, sequence: 1 }
    for (const options of OPTIONS) frames.push(tcpFrame({ ...spec, flags: tcp.SYN, options }))
    for (const flags of [tcp.ACK, tcp.ACK | tcp.FIN, tcp.RST, tcp.ACK | tcp.PSH, 0, 255])
      for (const bytes of [0, 1, 40, 500])
        frames.push(tcpFrame({ ...spec, flags, payload: text.subarray(0, bytes) }))
    const whole = segment({ ...spec, flags: tcp.SYN, payload: text.subarray(0, 60) })
    for (const [from, to] of [
      [0, 16],
      [16, 40],
      [32, 56],
      [40, 80],
    ] as const)
      frames.push(
        ipFrame(ipv4.TCP, whole.subarray(from, to), {
          id: 7,
          fragmentOffset: from,
          more: to < whole.length,
        }),
      )
  }
  for (const port of [UDP_PORT, 113, 5000])
    frames.push(
      ipFrame(ipv4.UDP, datagram(port, text.subarray(0, 40))),
      ipFrame(ipv4.UDP, datagram(port, text.subarray(0, 0))),
    )
  for (const type of [0, 3, 5, 8, 11, 13, 17]) {
    const message = Uint8Array.of(type, 0, 0, 0, 0, 1, 0, 2, ...text.subarray(0, 56))
    new DataView(message.buffer).setUint16(2, fold(sum(message, 0, message.length, 0)))
    frames.push(ipFrame(ipv4.ICMP, message))
  }
  return frames
}

function datagram(port: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 40_000)
  view.setUint16(2, port)
  view.setUint16(4, bytes.length)
  bytes.set(payload, 8)
  return bytes
}

/** A captured frame, sent to us. */
function ours(frame: Uint8Array): Uint8Array | undefined {
  const type = typeOf(frame)
  const bytes = Uint8Array.from(frame)
  bytes.set(LOCAL_MAC)
  if (type === ethernet.IPV4 && frame.length >= IP + ipv4.HEADER_BYTES) {
    new DataView(bytes.buffer).setInt32(IP + 16, LOCAL)
    return bytes
  }
  if (type === ethernet.IPV6 && frame.length >= IP + ipv6.HEADER_BYTES) {
    ipv6.putAddress(bytes, IP + ipv6.DESTINATION_AT, LOCAL6)
    return bytes
  }
  return type === ethernet.ARP ? bytes : undefined
}

/** What an IPv4 frame carries, in IPv6; some of it behind an extension header. */
function over6(frame: Uint8Array): Uint8Array[] | undefined {
  if (typeOf(frame) !== ethernet.IPV4) return undefined
  const header = ((frame[IP] ?? 0) & 15) * 4
  const protocol = frame[IP + 9] ?? 0
  const payload = frame.subarray(IP + header)
  const next = protocol === ipv4.ICMP ? ICMP6 : protocol
  const [extension, bytes] = EXTENSIONS[frame.length % EXTENSIONS.length] ?? [0, []]
  const behind = Uint8Array.of(...bytes, ...payload)
  behind[0] = next
  return [packet6(next, payload), packet6(extension, behind)]
}

function neighbours(): Uint8Array[] {
  const about = (type: number, hopLimit: number, rest: readonly number[]): Uint8Array => {
    const target = new Uint8Array(16)
    ipv6.putAddress(target, 0, LOCAL6)
    const frame = packet6(ICMP6, Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, ...target, ...rest))
    frame[IP + 7] = hopLimit
    return frame
  }
  const link = [1, 1, ...REMOTE_MAC]
  const whole = segment({
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 1,
    flags: tcp.SYN,
    options: 'mss 1460',
  })
  const piece = (id: number, from: number, to: number): Uint8Array =>
    packet6(
      44,
      Uint8Array.of(
        ipv4.TCP,
        0,
        0,
        from | (to < whole.length ? 1 : 0),
        0,
        0,
        0,
        id,
        ...whole.subarray(from, to),
      ),
    )
  const pieces = [1, 2].flatMap((id) => [piece(id, 0, 8), piece(id, 8, 24)])
  return pieces.concat(
    [130, 131, 133, 134, 135, 136, 137, 143, 128, 1, 2, 3].flatMap((type) => [
      about(type, 255, link),
      about(type, 1, []),
    ]),
  )
}

function packet6(next: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(IP + ipv6.HEADER_BYTES + payload.length)
  frame.set(LOCAL_MAC)
  frame.set(REMOTE_MAC, 6)
  frame[12] = 0x86
  frame[13] = 0xdd
  ipv6.emit(frame, IP, payload.length, 0, 0, next, 64, REMOTE6, LOCAL6)
  frame.set(payload, IP + ipv6.HEADER_BYTES)
  return frame
}

const typeOf = (frame: Uint8Array): number => ((frame[12] ?? 0) << 8) | (frame[13] ?? 0)
