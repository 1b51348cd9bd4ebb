/** For scripts: a frame that was sent, as the script writes it. Checksums are checked here. */
import { blankArp, parse as parseArp } from '../../../agent/wire/arp.ts'
import { pseudoHeader } from '../../../agent/wire/checksum.ts'
import * as ethernet from '../../../agent/wire/ethernet.ts'
import { blankIcmp, parse as parseIcmp } from '../../../agent/wire/icmp.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { flagsText } from './frames.ts'
import { LOCAL } from './world.ts'

/** Near the end of the sequence space, so that every script crosses it. */
export const VISITOR_ISN = 0xffffff00 | 0

export const pattern = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((from + i) * 7 + ((from + i) >> 8)) & 0xff)

/** `isns`: first sequence number of the stack's side, by the visitor's end; learnt from SYN-ACKs. */
export function frameText(frame: Uint8Array, isns: Map<string, number>): string {
  const header = ethernet.blankEthernet()
  ethernet.parse(frame, 0, frame.length, header)
  if (header.type === ethernet.ARP) {
    const arp = blankArp()
    if (!parseArp(frame, header.payload, frame.length - header.payload, arp)) return 'arp malformed'
    const verb = arp.operation === 1 ? 'who-has' : 'reply'
    return `arp ${verb} ${ipv4.addressText(arp.targetIp)} from ${ipv4.addressText(arp.senderIp)}`
  }
  const ip = ipv4.blankIpv4()
  if (!ipv4.parse(frame, header.payload, frame.length - header.payload, ip)) return 'ip malformed'
  if (ip.totalBytes !== frame.length - header.payload) return 'ip length'
  if (ip.source !== LOCAL) return 'from another address'
  if (ip.protocol === ipv4.ICMP) {
    const icmp = blankIcmp()
    if (!parseIcmp(frame, ip.payload, ip.payloadBytes, icmp)) return 'icmp malformed'
    const same = Buffer.from(pattern(4, icmp.payloadBytes + 4)).equals(
      frame.subarray(icmp.payload - 4, icmp.payload + icmp.payloadBytes),
    )
    return `icmp ${icmp.type} ${icmp.payloadBytes}${same ? '' : ' altered'}`
  }
  const s = tcp.blankTcp()
  if (
    !tcp.verify(
      frame,
      ip.payload,
      ip.payloadBytes,
      pseudoHeader(ip.source, ip.destination, ipv4.TCP, 0),
    )
  )
    return 'bad sum'
  if (!tcp.parse(frame, ip.payload, ip.payloadBytes, s)) return 'tcp malformed'
  const key = `${ip.destination}:${s.destinationPort}>${s.sourcePort}`
  const both = tcp.SYN | tcp.ACK
  if ((s.flags & both) === both && !isns.has(key)) isns.set(key, s.sequence)
  const from = (s.sequence - (isns.get(key) ?? 0)) | 0
  const data = frame.subarray(s.payload, s.payload + s.payloadBytes)
  const altered = Buffer.from(pattern(from - 1, data.length)).equals(data) ? '' : ' altered'
  const ack = (s.flags & tcp.ACK) === 0 ? '' : ` ack ${(s.acknowledgment - VISITOR_ISN) | 0}`
  const opts = s.optionsBytes === 0 ? '' : ` <${optionsText(s)}>`
  return `${flagsText(s.flags)} ${from}:${from + data.length}(${data.length})${ack} win ${s.window}${opts}${altered}`
}

function optionsText(s: tcp.Tcp): string {
  const names = ['', `mss ${s.mss}`, 'nop', `ws ${s.scale}`, 'sok', '', 'eol', 'sack', 'other']
  names[5] = `ts ${s.timestampValue} ${s.timestampEcho}`
  return Array.from({ length: s.optionCount }, (_, i) =>
    i < 7 ? (s.layoutLow >> (i * 4)) & 15 : (s.layoutHigh >> ((i - 7) * 4)) & 15,
  )
    .map((code) => names[code])
    .join(',')
}
