/** For tests: frames as a visitor sends them, TCP options written as packetdrill does. */
import * as arp from '../../../agent/wire/arp.ts'
import { pseudoHeader } from '../../../agent/wire/checksum.ts'
import * as ethernet from '../../../agent/wire/ethernet.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { LOCAL, LOCAL_MAC, REMOTE, REMOTE_MAC } from './world.ts'

const HIGH = ((LOCAL_MAC[0] as number) << 8) | (LOCAL_MAC[1] as number)
const LOW = Buffer.from(LOCAL_MAC).readInt32BE(2)

export type Spec = {
  source?: number
  destination?: number
  sourcePort: number
  destinationPort: number
  sequence: number
  acknowledgment?: number
  flags: number
  window?: number
  /** 'mss 1460,sok,ts 100 0,nop,ws 7' */
  options?: string
  payload?: Uint8Array
  df?: boolean
  id?: number
}

const FLAGS: readonly (readonly [string, number])[] = [
  ['F', tcp.FIN],
  ['S', tcp.SYN],
  ['R', tcp.RST],
  ['P', tcp.PSH],
  ['.', tcp.ACK],
  ['U', tcp.URG],
  ['E', tcp.ECE],
  ['W', tcp.CWR],
]
export const flagsOf = (text: string): number =>
  [...text].reduce((bits, letter) => {
    const bit = FLAGS.find(([name]) => name === letter)?.[1]
    if (bit === undefined && letter !== '-') throw new Error(`no flag: ${letter}`)
    return bits | (bit ?? 0)
  }, 0)
export const flagsText = (bits: number): string =>
  FLAGS.map(([name, bit]) => ((bits & bit) !== 0 ? name : '')).join('') || '-'

/** Options padded with EOL to 4 bytes. */
export function optionBytes(text: string): Uint8Array {
  const out = new Uint8Array(40)
  let at = 0
  for (const option of text.split(',').filter((part) => part !== '')) {
    const [name, a = '0', b = '0'] = option.trim().split(' ')
    if (name === 'mss') at = tcp.emitOption(out, at, tcp.OPTION_MSS, Number(a))
    else if (name === 'sok') at = tcp.emitOption(out, at, tcp.OPTION_SACK_PERMITTED)
    else if (name === 'ts') at = tcp.emitOption(out, at, tcp.OPTION_TIMESTAMPS, +a | 0, +b | 0)
    else if (name === 'ws') at = tcp.emitOption(out, at, tcp.OPTION_SCALE, Number(a))
    else if (name === 'nop') at = tcp.emitOption(out, at, tcp.OPTION_NOP)
    else throw new Error(`no option: ${option}`)
  }
  return out.subarray(0, Math.ceil(at / 4) * 4)
}

/** The TCP segment of an IPv4 packet, checksum included. */
export function segment(spec: Spec): Uint8Array {
  const options = optionBytes(spec.options ?? '')
  const payload = spec.payload ?? new Uint8Array(0)
  const bytes = new Uint8Array(tcp.HEADER_BYTES + options.length + payload.length)
  bytes.set(options, tcp.HEADER_BYTES)
  bytes.set(payload, tcp.HEADER_BYTES + options.length)
  tcp.emit(
    bytes,
    0,
    spec.sourcePort,
    spec.destinationPort,
    spec.sequence,
    spec.acknowledgment ?? 0,
    spec.flags,
    spec.window ?? 64_240,
    options.length,
    payload.length,
    pseudoHeader(spec.source ?? REMOTE, spec.destination ?? LOCAL, ipv4.TCP, 0),
  )
  return bytes
}

export function tcpFrame(spec: Spec): Uint8Array {
  return ipFrame(ipv4.TCP, segment(spec), spec)
}

export type IpSpec = {
  source?: number
  destination?: number
  id?: number
  df?: boolean
  /** In bytes; with `more`, a fragment. */
  fragmentOffset?: number
  more?: boolean
}

export function ipFrame(protocol: number, payload: Uint8Array, spec: IpSpec = {}): Uint8Array {
  const frame = new Uint8Array(ethernet.HEADER_BYTES + ipv4.HEADER_BYTES + payload.length)
  const at = ethernet.HEADER_BYTES
  ethernet.emit(frame, 0, HIGH, LOW, REMOTE_MAC, ethernet.IPV4)
  const offset = spec.fragmentOffset ?? 0
  const whole = offset === 0 && spec.more !== true
  ipv4.emit(
    frame,
    at,
    payload.length,
    0,
    spec.id ?? 1,
    whole && (spec.df ?? true),
    64,
    protocol,
    spec.source ?? REMOTE,
    spec.destination ?? LOCAL,
  )
  if (!whole) fragmentField(frame, at, offset / 8, spec.more === true)
  frame.set(payload, at + ipv4.HEADER_BYTES)
  return frame
}

/** RFC 1624: the header checksum after a change of the fragment field, which was 0. */
function fragmentField(frame: Uint8Array, at: number, units: number, more: boolean): void {
  const value = units | (more ? ipv4.MORE_FRAGMENTS : 0)
  const view = new DataView(frame.buffer)
  view.setUint16(at + 6, value)
  const sum = (~view.getUint16(at + 10) & 0xffff) + value
  view.setUint16(at + 10, ~((sum & 0xffff) + (sum >>> 16)))
}

/** "Who has `target`, tell `sender`", to all. */
export function arpFrame(target: number, sender: number): Uint8Array {
  const frame = new Uint8Array(60)
  ethernet.emit(frame, 0, 0xffff, -1, REMOTE_MAC, ethernet.ARP)
  arp.emit(frame, ethernet.HEADER_BYTES, arp.REQUEST, REMOTE_MAC, sender, 0, 0, target)
  return frame
}
