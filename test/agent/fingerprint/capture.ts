/** For tests: the SYNs of a classic pcap file (Ethernet, raw IP, Linux cooked, loopback) as SynFacts. */

import { blankSyn, type SynFacts } from '../../../agent/fingerprint/syn.ts'
import { blankTcp, parse as parseTcp } from '../../../agent/wire/tcp.ts'

const LITTLE = 0xa1b2c3d4
const LITTLE_NANO = 0xa1b23c4d

/** IP packets in order; nothing for pcapng or an unknown link type. */
export function* ipPackets(file: Buffer): Generator<Buffer> {
  if (file.length < 24) return
  const little = [LITTLE, LITTLE_NANO].includes(file.readUInt32LE(0))
  if (!little && ![LITTLE, LITTLE_NANO].includes(file.readUInt32BE(0))) return
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const link = u32(20) & 0xffff
  for (let at = 24; at + 16 <= file.length; ) {
    const length = u32(at + 8)
    const frame = file.subarray(at + 16, at + 16 + length)
    at += 16 + length
    let offset = -1
    if (link === 1) offset = ethernetPayload(frame)
    else if (link === 12 || link === 101) offset = 0
    else if (link === 113) offset = 16
    else if (link === 0) offset = 4
    if (offset >= 0 && offset < frame.length) yield frame.subarray(offset)
  }
}

function ethernetPayload(frame: Buffer): number {
  let at = 12
  while (at + 2 <= frame.length) {
    const type = frame.readUInt16BE(at)
    if (type === 0x8100 || type === 0x88a8) at += 4
    else return type === 0x0800 ? at + 2 : -1
  }
  return -1
}

const tcp = blankTcp()

/**
 * SynFacts of an IPv4 TCP packet with SYN and without ACK; undefined: something else. Checksums are
 * not looked at: many captures were taken before the network card filled them in.
 */
export function synOf(packet: Buffer): SynFacts | undefined {
  if (packet.length < 40 || packet[0] === undefined || packet[0] >>> 4 !== 4) return undefined
  const headerBytes = (packet[0] & 15) * 4
  const totalBytes = packet.readUInt16BE(2)
  const fragment = packet.readUInt16BE(6)
  if (headerBytes < 20 || packet[9] !== 6 || (fragment & 0x3fff) !== 0) return undefined
  if (totalBytes > packet.length || totalBytes < headerBytes) return undefined
  if (!parseTcp(packet, headerBytes, totalBytes - headerBytes, tcp)) return undefined
  if ((tcp.flags & 0x12) !== 0x02) return undefined
  return {
    ...blankSyn(),
    source: packet.readInt32BE(12),
    destination: packet.readInt32BE(16),
    sourcePort: tcp.sourcePort,
    destinationPort: tcp.destinationPort,
    sequence: tcp.sequence,
    acknowledgment: tcp.acknowledgment,
    window: tcp.window,
    ttl: packet[8] as number,
    ipId: packet.readUInt16BE(4),
    dontFragment: (fragment & 0x4000) !== 0 ? 1 : 0,
    urgent: tcp.urgent,
    flags: tcp.flags,
    mss: tcp.mss,
    scale: tcp.scale,
    sackPermitted: tcp.sackPermitted ? 1 : 0,
    timestamps: tcp.timestamps ? 1 : 0,
    timestampValue: tcp.timestampValue,
    optionCount: tcp.optionCount,
    layoutLow: tcp.layoutLow,
    layoutHigh: tcp.layoutHigh,
    optionsLength: tcp.optionsBytes,
    payloadLength: tcp.payloadBytes,
    ipOptionsLength: headerBytes - 20,
    totalLength: totalBytes,
  }
}

export const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
