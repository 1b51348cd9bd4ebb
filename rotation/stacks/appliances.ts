/** Network appliances and controllers with stacks of their own, confirmed by running nmap against a test responder where the file says so. */
import type { Reply, Traits } from '../traits.ts'
import { linux5 } from './linux.ts'

const netscalerReset = (acknowledgment: Reply['acknowledgment'], window: number): Reply => ({
  flags: 'rst-ack',
  sequence: 'zero',
  acknowledgment,
  window,
})

/** Citrix NetScaler/ADC: the packet engine's own stack; only MSS, from a short list; its ICMP counts by itself. Confirmed. */
export const netscaler: Traits = {
  ttl: 255,
  df: true,
  hopLimit: 255,
  flowLabel: false,
  ipid: {
    synAck: 'host-counter',
    reset: 'host-counter',
    icmp: 'random-steps',
    flow: 'host-counter',
  },
  isn: { kind: 'hashed', perSecond: 250_000 },
  mss: 1460,
  mssRule: [128, 536, 1360, 1460],
  window: 8190,
  windowWithTimestamps: 8190,
  windowInSegments: false,
  windowScale: undefined,
  receiveWindow: 8190,
  sack: false,
  timestamps: undefined,
  layout: 'mss-only',
  ecn: false,
  replies: {
    openBare: netscalerReset('next', 0x2009),
    openSynFin: netscalerReset('next', 0x2014),
    openAck: undefined,
    closedSyn: netscalerReset('next', 0x2014),
    closedAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0x2009 },
    closedBare: netscalerReset('next', 0x2009),
  },
  icmp: {
    echoDf: 'same',
    echoCode: 'zero',
    timestamp: false,
    mask: false,
    unreachable: {
      quote: 'header+8',
      tos: 0,
      df: false,
      unused: 1,
      perSecond: 100,
      burst: 100,
      protocol: false,
    },
  },
  synAckRepeats: [1, 2, 4],
  synAckReset: undefined,
  delayedAckMs: 100,
  retransmitMs: 1000,
  minRetransmitMs: 300,
  interfaceId: 'eui-64',
  arp: { probes: 0, announcements: 2 },
}

/** Cisco IOS 12.4 and 15: only MSS, clamped to the visitor's; random IDs; no DF. Confirmed. */
export const ios: Traits = {
  ttl: 255,
  df: false,
  hopLimit: 64,
  flowLabel: false,
  ipid: { synAck: 'random', reset: 'random', icmp: 'random-steps', flow: 'random' },
  isn: { kind: 'hashed', perSecond: 250_000 },
  mss: 1460,
  mssRule: 'clamp',
  window: 4128,
  windowWithTimestamps: 4128,
  windowInSegments: false,
  windowScale: undefined,
  receiveWindow: 4128,
  sack: false,
  timestamps: undefined,
  layout: 'mss-only',
  ecn: false,
  replies: {
    openBare: undefined,
    openSynFin: undefined,
    openAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0 },
    closedSyn: { flags: 'rst-ack', sequence: 'acknowledgment', acknowledgment: 'next', window: 0 },
    closedAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0 },
    closedBare: {
      flags: 'rst-ack',
      sequence: 'acknowledgment',
      acknowledgment: 'sequence',
      window: 0,
    },
  },
  icmp: {
    echoDf: 'same',
    echoCode: 'same',
    timestamp: true,
    mask: false,
    unreachable: {
      quote: 'header+8',
      tos: 0xc0,
      df: false,
      unused: 0,
      perSecond: 2,
      burst: 2,
      protocol: true,
    },
  },
  synAckRepeats: [2, 4, 8, 16],
  synAckReset: undefined,
  delayedAckMs: 200,
  retransmitMs: 2000,
  minRetransmitMs: 300,
  interfaceId: 'eui-64',
  arp: { probes: 0, announcements: 1 },
}

/** Siemens S7-300: only MSS, at least 536; a small window. Read, not confirmed. */
export const s7: Traits = {
  ...ios,
  ttl: 128,
  ipid: {
    synAck: 'host-counter',
    reset: 'host-counter',
    icmp: 'host-counter',
    flow: 'host-counter',
  },
  window: 2048,
  windowWithTimestamps: 2048,
  receiveWindow: 2048,
  replies: {
    ...linux5.replies,
    openSynFin: 'syn-ack',
  },
  icmp: {
    ...ios.icmp,
    echoDf: 'never',
    echoCode: 'zero',
    timestamp: false,
    unreachable: { ...ios.icmp.unreachable, tos: 0, perSecond: 100, burst: 100 },
  },
  synAckRepeats: [1, 2, 4],
}
