/**
 * Windows, by release. Values: Microsoft's documentation of the TCP/IP stack where it tells them, else
 * facts confirmed by running nmap against a test responder.
 */
import type { Traits } from '../traits.ts'

/** Windows 7 and Server 2008 R2: no ECN, silent to SYN with FIN. */
export const windows7: Traits = {
  ttl: 128,
  df: true,
  hopLimit: 128,
  flowLabel: false,
  ipid: {
    synAck: 'host-counter',
    reset: 'host-counter',
    icmp: 'host-counter',
    flow: 'host-counter',
  },
  isn: { kind: 'hashed', perSecond: 250_000 },
  mss: 1460,
  mssRule: 'own',
  window: 8192,
  windowWithTimestamps: 8192,
  windowInSegments: false,
  windowScale: 8,
  receiveWindow: 65_536,
  sack: true,
  timestamps: { hz: 100, offset: 'boot' },
  layout: 'windows',
  ecn: false,
  replies: {
    openBare: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
    openSynFin: undefined,
    openAck: {
      flags: 'rst',
      sequence: 'acknowledgment',
      acknowledgment: 'acknowledgment',
      window: 0,
    },
    closedSyn: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
    closedAck: {
      flags: 'rst',
      sequence: 'acknowledgment',
      acknowledgment: 'acknowledgment',
      window: 0,
    },
    closedBare: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
  },
  icmp: {
    echoDf: 'never',
    echoCode: 'zero',
    timestamp: false,
    mask: false,
    unreachable: {
      quote: 'full',
      tos: 0,
      df: false,
      unused: 0,
      perSecond: 1000,
      burst: 1000,
      protocol: true,
    },
  },
  synAckRepeats: [3, 6],
  synAckReset: undefined,
  delayedAckMs: 200,
  retransmitMs: 3000,
  minRetransmitMs: 300,
  interfaceId: 'constant',
  arp: { probes: 3, announcements: 1 },
}

/** Windows 8.1 and Server 2012 R2: IDs counted by destination, ECN. */
export const windows8: Traits = {
  ...windows7,
  ipid: {
    synAck: 'destination-counter',
    reset: 'destination-counter',
    icmp: 'destination-counter',
    flow: 'destination-counter',
  },
  ecn: true,
  replies: {
    ...windows7.replies,
    openSynFin: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
  },
  retransmitMs: 1000,
}

/** Windows Server 2016 (builds 10586 to 14393): timestamps of 1000 Hz. */
export const windows2016: Traits = { ...windows8, timestamps: { hz: 1000, offset: 'boot' } }

/** Windows 10 from 1709 on, Server 2019 and 2022: window 65535, no timestamps, no ECN. */
export const windows10: Traits = {
  ...windows8,
  window: 65_535,
  windowWithTimestamps: 65_535,
  windowInSegments: true,
  receiveWindow: 262_656,
  timestamps: undefined,
  ecn: false,
  // Observed schedule of SYN-ACKs: 1, 2, 4, 8 s, and a RST 6 s after the last.
  synAckRepeats: [1, 2, 4, 8],
  synAckReset: 6,
}
