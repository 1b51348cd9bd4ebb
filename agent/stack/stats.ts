/** Every packet is counted somewhere: what came, what was answered, what was dropped and why. */
export type StackStats = {
  frames: number
  malformed: number
  badChecksum: number
  martian: number
  notOurs: number
  /** For one of our addresses, but sent to the hardware address of another machine or of all. */
  otherMac: number
  exempt: number
  otherProtocol: number
  arp: number
  icmp: number
  fragments: number
  fragmentsDropped: number
  /** Datagrams made whole; each is counted once more as what it is. */
  reassembled: number
  syns: number
  /** SYNs that were only counted: too many came at once. */
  synsShed: number
  synAcks: number
  /** Of those that came too: sent again, to visitors whose address is proven. */
  synAcksRepeated: number
  resets: number
  strays: number
  strayAcks: number
  /** Segments of proven flows, with the one that proves it. */
  segments: number
  accepted: number
  aborted: number
  evicted: number
  /** Of the evicted: those who made room in memory, not in the table. */
  evictedForBytes: number
}

export const blankStats = (): StackStats => ({
  frames: 0,
  malformed: 0,
  badChecksum: 0,
  martian: 0,
  notOurs: 0,
  otherMac: 0,
  exempt: 0,
  otherProtocol: 0,
  arp: 0,
  icmp: 0,
  fragments: 0,
  fragmentsDropped: 0,
  reassembled: 0,
  syns: 0,
  synsShed: 0,
  synAcks: 0,
  synAcksRepeated: 0,
  resets: 0,
  strays: 0,
  strayAcks: 0,
  segments: 0,
  accepted: 0,
  aborted: 0,
  evicted: 0,
  evictedForBytes: 0,
})
