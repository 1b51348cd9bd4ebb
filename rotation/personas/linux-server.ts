import type { PersonaData } from '../load.ts'

/** A web and cache server on Ubuntu 22.04, as it is rented by the thousand. */
export const linuxServer: PersonaData = {
  id: 'linux-server',
  title: 'Ubuntu 22.04 server with nginx, OpenSSH and an exposed Redis',
  // Linux 4.19 and later: shared/research table of SYN-ACKs, own capture of a 6.x kernel
  // (window 64240, 65160 with timestamps; ID 0 with DF; sysctl defaults ECN on request, SACK on).
  traits: {
    ttl: 64,
    df: true,
    ipid: 'zero',
    mss: 1460,
    window: 64_240,
    windowWithTimestamps: 65_160,
    windowScale: 7,
    sack: true,
    timestampHz: 1000,
    layout: 'linux',
    ecn: true,
  },
  ports: {
    // openssh-server 1:8.9p1-3ubuntu0.10 (Ubuntu package version string).
    22: { protocol: 'ssh', settings: { ident: 'SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10' } },
    // nginx 1.18.0 is what Ubuntu 22.04 ships.
    80: { protocol: 'http', settings: { server: 'nginx', version: '1.18.0', os: 'Ubuntu' } },
    // redis 5:6.0.16-1ubuntu1.
    6379: { protocol: 'redis', settings: { version: '6.0.16' } },
  },
  closed: 'silent',
  reset: [113],
  hostname: 'vps-######',
  // IEEE MA-L: QEMU/KVM has no OUI of its own (52:54:00 is locally administered but universal on KVM hosts).
  vendor: ['52:54:00'],
}
