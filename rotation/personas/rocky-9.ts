import type { PersonaData } from '../data.ts'
import { mysql } from '../services/databases.ts'
import { linux5 } from '../stacks/linux.ts'

/** A current server of the Red Hat kind: Rocky Linux 9 with nginx and MariaDB. */
export const rocky9: PersonaData = {
  id: 'rocky-9',
  title: 'Rocky Linux 9 server with nginx, MariaDB and OpenSSH, with its updates',
  system: {
    family: 'linux',
    name: 'Rocky Linux 9.4',
    version: '5.14.0-427.el9_4.x86_64',
    patched: true,
    era: [2022, 2032],
    source: 'Rocky Linux 9.4 release notes: kernel 5.14.0-427, May 2024',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: linux5,
    source: 'rotation/stacks/linux.ts: ip-sysctl defaults, confirmed with nmap',
  },
  signature: '4:64+0:0:1460:mss*45,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_8.7' },
      source: 'Rocky Linux package openssh-server 8.7p1-38.el9_4: no distribution in its banner',
    },
    80: {
      protocol: 'http',
      settings: { server: 'nginx', version: '1.20.1' },
      source: 'Rocky Linux package nginx 1:1.20.1-14.el9',
    },
    3306: mysql({
      version: '5.5.5-10.5.22-MariaDB',
      capabilities: 0x81fff7fe,
      collation: 8,
      plugin: 'mysql_native_password',
      mariaDb: 0x0f,
      source:
        'Rocky Linux package mariadb-server 3:10.5.22-1.el9; MariaDB documentation, "Connecting": 5.5.5- in front of the version',
    }),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: { pattern: 'node-$$$$$$$$', source: "a hosting company's scheme: node and a number" },
  vendor: {
    prefixes: ['52:54:00', 'ac:1f:6b'],
    source: 'QEMU/KVM documentation; IEEE MA-L: Super Micro',
  },
  uptime: {
    medianDays: 40,
    sigma: 0.9,
    source: 'assumed: restarted for kernel updates every month or two',
  },
}
