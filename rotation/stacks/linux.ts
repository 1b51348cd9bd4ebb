/**
 * Linux, by kernel era. Values: RFC 9293 and the kernel's documented defaults (Documentation/networking/ip-sysctl),
 * observed on kernel 6.18; the older eras were confirmed by running nmap against a test responder.
 */
import type { Replies, Traits } from '../traits.ts'

const REPLIES: Replies = {
  openBare: undefined,
  openSynFin: undefined,
  openAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0 },
  closedSyn: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
  closedAck: { flags: 'rst', sequence: 'acknowledgment', acknowledgment: 'zero', window: 0 },
  closedBare: { flags: 'rst-ack', sequence: 'zero', acknowledgment: 'next', window: 0 },
}

/** Kernel 4.15 to 5.x: window 45 segments, timestamps of 1000 Hz with an offset for each peer. */
export const linux5: Traits = {
  ttl: 64,
  df: true,
  hopLimit: 64,
  flowLabel: true,
  ipid: { synAck: 'zero', reset: 'zero', icmp: 'destination-counter', flow: 'flow-counter' },
  isn: { kind: 'hashed', perSecond: 15_625_000 },
  mss: 1460,
  mssRule: 'own',
  window: 64_240,
  windowWithTimestamps: 65_160,
  windowInSegments: false,
  windowScale: 7,
  receiveWindow: 64_256,
  sack: true,
  timestamps: { hz: 1000, offset: 'host' },
  layout: 'linux',
  ecn: true,
  replies: REPLIES,
  icmp: {
    echoDf: 'never',
    echoCode: 'same',
    timestamp: true,
    mask: false,
    unreachable: {
      quote: 'full',
      tos: 0xc0,
      df: false,
      unused: 0,
      perSecond: 1,
      burst: 6,
      protocol: true,
    },
  },
  synAckRepeats: [1, 2, 4, 8, 16],
  synAckReset: undefined,
  delayedAckMs: 40,
  retransmitMs: 1000,
  minRetransmitMs: 200,
  interfaceId: 'eui-64',
  arp: { probes: 0, announcements: 1 },
}

/** Since 6.x as measured: timestamps with an offset for each connection. */
export const linux6: Traits = { ...linux5, timestamps: { hz: 1000, offset: 'connection' } }

/** Kernel 3.11 to 4.14: window 20 segments, timestamps of 250 Hz that count from boot. */
export const linux4: Traits = {
  ...linux5,
  window: 29_200,
  windowWithTimestamps: 28_960,
  receiveWindow: 29_312,
  timestamps: { hz: 250, offset: 'boot' },
}

/** The 3.10 of RHEL 7 and its kin: HZ is 1000. */
export const linuxRhel7: Traits = { ...linux4, timestamps: { hz: 1000, offset: 'boot' } }

/** Kernel 2.6.32 to 3.10: window 10 segments, 100 Hz. */
export const linux3: Traits = {
  ...linux5,
  window: 14_600,
  windowWithTimestamps: 14_480,
  flowLabel: false,
  receiveWindow: 14_720,
  timestamps: { hz: 100, offset: 'boot' },
}

/** The same without timestamps, as device makers build it. */
export const linux3Embedded: Traits = {
  ...linux3,
  windowScale: 3,
  receiveWindow: 14_600,
  timestamps: undefined,
}

/** Hikvision's and its rebranders' firmware: as linux3Embedded, but SYN with FIN is taken as a SYN. */
export const linux3Surveillance: Traits = {
  ...linux3Embedded,
  replies: { ...REPLIES, openSynFin: 'syn-ack' },
}

/** OpenWrt 15.05 (3.18): RST with a counted ID, no ECN. */
export const openwrt: Traits = {
  ...linux4,
  ipid: {
    synAck: 'zero',
    reset: 'destination-counter',
    icmp: 'destination-counter',
    flow: 'flow-counter',
  },
  windowScale: 4,
  receiveWindow: 29_200,
  timestamps: { hz: 100, offset: 'boot' },
  ecn: false,
}

/** MikroTik RouterOS 6 (3.3.5): MSS 1440, silent to T7. */
export const routerOs6: Traits = {
  ...linux3,
  mss: 1440,
  window: 14_400,
  windowWithTimestamps: 14_280,
  windowScale: 4,
  receiveWindow: 14_400,
  replies: { ...REPLIES, closedBare: undefined },
}
