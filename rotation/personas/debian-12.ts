import type { PersonaData } from '../data.ts'
import { postfix } from '../services/unix.ts'
import { linux5 } from '../stacks/linux.ts'

/** A rented server of today: Debian 12 with its updates, one web site and its mail. */
export const debian12: PersonaData = {
  id: 'debian-12',
  title: 'Debian 12 server with nginx, OpenSSH and Postfix, with its updates',
  system: {
    family: 'linux',
    name: 'Debian GNU/Linux 12 (bookworm)',
    version: '6.1.0-26-amd64',
    patched: true,
    era: [2023, 2028],
    source: 'Debian release notes, "bookworm": kernel 6.1, June 2023',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: linux5,
    source: 'rotation/stacks/linux.ts: before 6.18 timestamps have an offset for each peer',
  },
  signature: '4:64+0:0:1460:mss*45,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3' },
      source: 'Debian package openssh-server 1:9.2p1-2+deb12u3',
    },
    25: postfix('ESMTP Postfix (Debian/GNU)', true, 'Debian package postfix 3.7.11-0+deb12u1'),
    80: {
      protocol: 'http',
      settings: { server: 'nginx', version: '1.22.1' },
      source: 'Debian package nginx 1.22.1-9',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: { pattern: 'vm-$$$$$$', source: "a hosting company's scheme, as its customers see it" },
  vendor: {
    prefixes: ['52:54:00'],
    source: 'QEMU/KVM documentation: the prefix that virtual network cards are given',
  },
  uptime: {
    medianDays: 25,
    sigma: 0.8,
    source: 'assumed: restarted for kernel updates about once a month',
  },
}
