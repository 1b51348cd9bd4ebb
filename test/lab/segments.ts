/**
 * TCP segments in Ethernet frames, written and read for the judges: a second reading of RFC 791 and RFC 9293, which shares
 * no code with the sensor it judges.
 */
import { blankSyn, type SynFacts } from '../../agent/fingerprint/syn.ts'

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

const ETHERNET_BYTES = 14
const HEADER_BYTES = 20
const IPV4 = 0x0800
const ARP = 0x0806
const TCP = 6
/** As in SynFacts.layoutLow: kind → code. */
const CODES: Readonly<Record<number, number>> = { 0: 6, 1: 2, 2: 1, 3: 3, 4: 4, 5: 7, 8: 5 }
const OTHER = 8
const CODES_PER_WORD = 7

export type Segment = {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
  readonly acknowledgment?: number
  readonly flags: number
  readonly window?: number
  /** Options as they go out, a multiple of 4 bytes. */
  readonly options?: Uint8Array
  readonly payload?: Uint8Array
  readonly wrongChecksum?: 'ip' | 'tcp'
}

export type Heard = {
  readonly source: string
  readonly destination: string
  readonly ttl: number
  readonly id: number
  readonly df: boolean
  readonly sourcePort: number
  readonly destinationPort: number
  /** Unsigned. */
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly options: Buffer
  readonly payload: Buffer
  /** ms, of performance.now(). */
  readonly at: number
}

export type TcpOption = { readonly kind: number; readonly body: Buffer }

/** What Linux offers: MSS 1460, SACK permitted, timestamps, scale 7. */
export const linuxOptions = (now: number): Uint8Array => {
  const bytes = Buffer.from('020405b40402080a000000000000000001030307', 'hex')
  bytes.writeUInt32BE(now >>> 0, 8)
  return bytes
}
export const mssOption = (mss: number): Uint8Array => Uint8Array.of(2, 4, mss >>> 8, mss & 255)

export function tcpFrame(from: Buffer, to: Buffer, spec: Segment): Buffer {
  const options = spec.options ?? new Uint8Array(0)
  const payload = spec.payload ?? new Uint8Array(0)
  const tcp = Buffer.alloc(HEADER_BYTES + options.length + payload.length)
  tcp.writeUInt16BE(spec.sourcePort, 0)
  tcp.writeUInt16BE(spec.destinationPort, 2)
  tcp.writeUInt32BE(spec.sequence >>> 0, 4)
  tcp.writeUInt32BE((spec.acknowledgment ?? 0) >>> 0, 8)
  tcp[12] = ((HEADER_BYTES + options.length) / 4) << 4
  tcp[13] = spec.flags
  tcp.writeUInt16BE(spec.window ?? 64_240, 14)
  tcp.set(options, HEADER_BYTES)
  tcp.set(payload, HEADER_BYTES + options.length)
  const ip = Buffer.from('450000000000400040060000', 'hex')
  ip.writeUInt16BE(HEADER_BYTES + tcp.length, 2)
  ip.writeUInt16BE((spec.sequence ^ spec.sourcePort) & 0xffff, 4)
  const header = Buffer.concat([ip, quad(spec.source), quad(spec.destination)])
  header.writeUInt16BE(checksum(header) ^ (spec.wrongChecksum === 'ip' ? 1 : 0), 10)
  const pseudo = Buffer.from([0, TCP, tcp.length >>> 8, tcp.length & 255])
  const sum = checksum(Buffer.concat([header.subarray(12), pseudo, tcp]))
  tcp.writeUInt16BE(sum ^ (spec.wrongChecksum === 'tcp' ? 1 : 0), 16)
  return Buffer.concat([ethernet(from, to, IPV4), header, tcp])
}

/** "Who has `target`, tell `sender`", or the answer to it. */
export function arpFrame(from: Buffer, sender: string, target: string, answerTo?: Buffer): Buffer {
  const broadcast = Buffer.alloc(6, 0xff)
  return Buffer.concat([
    ethernet(from, answerTo ?? broadcast, ARP),
    Buffer.from([0, 1, 8, 0, 6, 4, 0, answerTo === undefined ? 1 : 2]),
    ...[from, quad(sender), answerTo ?? Buffer.alloc(6), quad(target)],
  ])
}

export type ArpHeard = {
  readonly request: boolean
  readonly mac: Buffer
  readonly sender: string
  readonly target: string
}

export function readArp(frame: Buffer): ArpHeard | undefined {
  if (frame.length < 42 || frame.readUInt16BE(12) !== ARP) return undefined
  return {
    request: frame.readUInt16BE(20) === 1,
    mac: frame.subarray(22, 28),
    sender: dotted(frame, 28),
    target: dotted(frame, 38),
  }
}

/** Undefined: not a whole TCP segment over IPv4. */
export function readTcp(frame: Buffer, at: number): Heard | undefined {
  if (frame.length < ETHERNET_BYTES + 2 * HEADER_BYTES) return undefined
  const ip = frame.subarray(ETHERNET_BYTES)
  if (frame.readUInt16BE(12) !== IPV4 || ip[0] !== 0x45 || ip[9] !== TCP) return undefined
  const tcp = ip.subarray(HEADER_BYTES, ip.readUInt16BE(2))
  const data = tcp.length < HEADER_BYTES ? 0 : (tcp.readUInt8(12) >>> 4) * 4
  if (data < HEADER_BYTES || data > tcp.length) return undefined
  return {
    source: dotted(ip, 12),
    destination: dotted(ip, 16),
    ttl: ip.readUInt8(8),
    id: ip.readUInt16BE(4),
    df: (ip.readUInt8(6) & 0x40) !== 0,
    sourcePort: tcp.readUInt16BE(0),
    destinationPort: tcp.readUInt16BE(2),
    sequence: tcp.readUInt32BE(4),
    acknowledgment: tcp.readUInt32BE(8),
    flags: tcp.readUInt16BE(12) & 0x1ff,
    window: tcp.readUInt16BE(14),
    urgent: tcp.readUInt16BE(18),
    options: tcp.subarray(HEADER_BYTES, data),
    payload: tcp.subarray(data),
    at,
  }
}

/** In order, END included; a malformed one ends them. */
export function optionsOf(bytes: Buffer): TcpOption[] {
  const found: TcpOption[] = []
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes.readUInt8(at)
    const size = kind < 2 ? 1 : (bytes[at + 1] ?? 0)
    if (kind >= 2 && (size < 2 || at + size > bytes.length)) break
    found.push({ kind, body: bytes.subarray(at + Math.min(size, 2), at + size) })
    if (kind === 0) break
    at += size
  }
  return found
}

export const optionBody = (heard: Heard, kind: number): Buffer | undefined =>
  optionsOf(heard.options).find((option) => option.kind === kind)?.body

/** A SYN-ACK (or SYN) as the facts that signatures are written from. */
export function synFacts(heard: Heard): SynFacts {
  const options = optionsOf(heard.options)
  const word = (from: number): number =>
    options
      .slice(from, from + CODES_PER_WORD)
      .reduce((sum, { kind }, n) => sum | ((CODES[kind] ?? OTHER) << (4 * n)), 0)
  const timestamps = optionBody(heard, 8)
  return {
    ...blankSyn(),
    sourcePort: heard.sourcePort,
    destinationPort: heard.destinationPort,
    sequence: heard.sequence | 0,
    acknowledgment: heard.acknowledgment | 0,
    window: heard.window,
    ttl: heard.ttl,
    ipId: heard.id,
    dontFragment: heard.df ? 1 : 0,
    urgent: heard.urgent,
    flags: heard.flags,
    mss: optionBody(heard, 2)?.readUInt16BE(0) ?? 0,
    scale: optionBody(heard, 3)?.readUInt8(0) ?? -1,
    sackPermitted: optionBody(heard, 4) === undefined ? 0 : 1,
    timestamps: timestamps === undefined ? 0 : 1,
    timestampValue: timestamps?.readInt32BE(0) ?? 0,
    optionCount: options.length,
    layoutLow: word(0),
    layoutHigh: word(CODES_PER_WORD),
    optionsLength: heard.options.length,
    payloadLength: heard.payload.length,
    totalLength: 2 * HEADER_BYTES + heard.options.length + heard.payload.length,
  }
}

const quad = (address: string): Buffer => Buffer.from(address.split('.').map(Number))
const dotted = (bytes: Buffer, at: number): string => bytes.subarray(at, at + 4).join('.')

function ethernet(from: Buffer, to: Buffer, type: number): Buffer {
  return Buffer.concat([to, from, Buffer.from([type >>> 8, type & 255])])
}

function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  if (bytes.length % 2 === 1) sum += bytes.readUInt8(bytes.length - 1) << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
