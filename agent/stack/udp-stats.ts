/** Every datagram is counted once as what became of it (refused, silent, empty, served, unserved), every flow as reported or not. */
export type UdpStats = {
  datagrams: number
  /** To ports that are closed, and to those that are silent. */
  refused: number
  silent: number
  /** To open ports: without a byte, given to a protocol, and too many in their second. */
  empty: number
  served: number
  unserved: number
  flows: number
  /** Flows whose place in the table was needed. */
  evicted: number
  reported: number
  /** Flows that were too many to report, and what they brought. */
  unreported: number
  unreportedDatagrams: number
  unreportedBytes: number
  replies: number
  /** Over the allowance; no room on the link. */
  repliesRefused: number
  repliesLost: number
}

export const blankUdpStats = (): UdpStats => ({
  datagrams: 0,
  refused: 0,
  silent: 0,
  empty: 0,
  served: 0,
  unserved: 0,
  flows: 0,
  evicted: 0,
  reported: 0,
  unreported: 0,
  unreportedDatagrams: 0,
  unreportedBytes: 0,
  replies: 0,
  repliesRefused: 0,
  repliesLost: 0,
})
