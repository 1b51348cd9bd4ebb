/** What the fingerprints want to know of the SYN at hand. */
import type { SynFacts } from '../fingerprint/syn.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Tcp } from '../wire/tcp.ts'

export function factsOf(ip: ipv4.Ipv4, s: Tcp, syn: SynFacts): void {
  syn.version = ip.version
  syn.source = ip.source
  syn.destination = ip.destination
  syn.sourcePort = s.sourcePort
  syn.destinationPort = s.destinationPort
  syn.sequence = s.sequence
  syn.acknowledgment = s.acknowledgment
  syn.window = s.window
  syn.ttl = ip.ttl
  syn.ipId = ip.id
  syn.dontFragment = ip.dontFragment ? 1 : 0
  syn.urgent = s.urgent
  syn.flags = s.flags
  syn.mss = s.mss
  syn.scale = s.scale
  syn.sackPermitted = s.sackPermitted ? 1 : 0
  syn.timestamps = s.timestamps ? 1 : 0
  syn.timestampValue = s.timestampValue
  syn.optionCount = s.optionCount
  syn.layoutLow = s.layoutLow
  syn.layoutHigh = s.layoutHigh
  syn.optionsLength = s.optionsBytes
  syn.payloadLength = s.payloadBytes
  syn.ipOptionsLength = ip.headerBytes - ipv4.HEADER_BYTES
  syn.totalLength = ip.totalBytes
}
