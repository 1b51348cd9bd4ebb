/**
 * The facts of one SYN, as plain integers in a reusable object: filled by the stack for every SYN,
 * read by the scanner and signature functions. Nothing here allocates.
 */
export type SynFacts = {
  version: 4 | 6
  /** IPv4 as int32 in network order: 192.0.2.7 is 0xc0000207 | 0. Of IPv6 a name with the top bits 1111. */
  source: number
  destination: number
  sourcePort: number
  destinationPort: number
  sequence: number
  acknowledgment: number
  window: number
  ttl: number
  ipId: number
  dontFragment: 0 | 1
  urgent: number
  /** Low byte FIN … CWR; 0x100 is the former NS bit. */
  flags: number
  /** 0: absent. */
  mss: number
  /** -1: absent. */
  scale: number
  sackPermitted: 0 | 1
  timestamps: 0 | 1
  timestampValue: number
  /** Options in order, 4 bits each, first seven in `layoutLow`: 1 mss, 2 nop, 3 ws, 4 sok, 5 ts, 6 eol, 7 sack, 8 other. */
  optionCount: number
  layoutLow: number
  layoutHigh: number
  /** Bytes. */
  optionsLength: number
  payloadLength: number
  ipOptionsLength: number
  totalLength: number
}

export const blankSyn = (): SynFacts => ({
  version: 4,
  source: 0,
  destination: 0,
  sourcePort: 0,
  destinationPort: 0,
  sequence: 0,
  acknowledgment: 0,
  window: 0,
  ttl: 0,
  ipId: 0,
  dontFragment: 0,
  urgent: 0,
  flags: 0,
  mss: 0,
  scale: -1,
  sackPermitted: 0,
  timestamps: 0,
  timestampValue: 0,
  optionCount: 0,
  layoutLow: 0,
  layoutHigh: 0,
  optionsLength: 0,
  payloadLength: 0,
  ipOptionsLength: 0,
  totalLength: 0,
})
