import type { PersonaData } from '../load.ts'

/** A video recorder with the JAWS web server, telnet open as it left the factory. */
export const dvr: PersonaData = {
  id: 'dvr',
  title: 'MVPower-like DVR with JAWS/1.0 and BusyBox telnetd',
  // Linux 3.x without timestamps, as embedded kernels are built: window 14600, scale 3
  // (verified against nmap's "Linux 2.6.32 - 3.10" with a test responder).
  traits: {
    ttl: 64,
    df: true,
    ipid: 'zero',
    mss: 1460,
    window: 14_600,
    windowWithTimestamps: 14_480,
    windowScale: 3,
    sack: true,
    timestampHz: 0,
    layout: 'linux',
    ecn: false,
  },
  ports: {
    23: { protocol: 'telnet', settings: {} },
    80: { protocol: 'http', settings: { server: 'jaws', version: '1.0' } },
    60001: { protocol: 'http' },
  },
  closed: 'silent',
  reset: [113],
  hostname: 'dvrdvs',
  // IEEE MA-L: Hangzhou Hikvision, Zhejiang Dahua.
  vendor: ['c0:56:e3', '3c:ef:8c'],
}
