/** FreeBSD and what is built on it. Values: FreeBSD's tcp(4) and inet(4), confirmed by running nmap against a test responder. */
import type { Traits } from '../traits.ts'

/** FreeBSD 12 and 13: timestamps with an offset for each connection, random steps of ICMP IDs. */
export const freebsd: Traits = {
  ttl: 64,
  df: true,
  hopLimit: 64,
  flowLabel: true,
  ipid: { synAck: 'zero', reset: 'zero', icmp: 'random-steps', flow: 'zero' },
  isn: { kind: 'hashed', perSecond: 1_000_000 },
  mss: 1460,
  mssRule: 'own',
  window: 65_535,
  windowWithTimestamps: 65_535,
  windowInSegments: false,
  windowScale: 6,
  receiveWindow: 65_664,
  sack: true,
  timestamps: { hz: 1000, offset: 'connection' },
  layout: 'bsd',
  ecn: true,
  replies: {
    openBare: undefined,
    openSynFin: 'syn-ack',
    openAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0 },
    closedSyn: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
    closedAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0 },
    closedBare: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
  },
  icmp: {
    echoDf: 'same',
    echoCode: 'same',
    timestamp: true,
    mask: false,
    unreachable: {
      quote: 'full',
      tos: 0,
      df: false,
      unused: 0,
      perSecond: 200,
      burst: 200,
      protocol: true,
    },
  },
  synAckRepeats: [1, 2, 4],
  synAckReset: undefined,
  delayedAckMs: 40,
  retransmitMs: 1000,
  minRetransmitMs: 230,
  interfaceId: 'eui-64',
  arp: { probes: 0, announcements: 1 },
}

/** VMware ESXi 6: one counter for all IDs, ISNs of a clock with noise, unreachables that quote 28 bytes. */
export const esxi: Traits = {
  ...freebsd,
  flowLabel: false,
  ipid: {
    synAck: 'host-counter',
    reset: 'host-counter',
    icmp: 'host-counter',
    flow: 'host-counter',
  },
  isn: { kind: 'linear', perSecond: 1_650_000_000, noise: 80_000, step: 2 },
  mssRule: 'clamp',
  windowScale: 9,
  receiveWindow: 65_536,
  timestamps: { hz: 100, offset: 'boot' },
  ecn: false,
  replies: {
    ...freebsd.replies,
    openSynFin: undefined,
    closedBare: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'sequence', window: 0 },
  },
  icmp: {
    ...freebsd.icmp,
    unreachable: { ...freebsd.icmp.unreachable, quote: 'header+8' },
  },
}
