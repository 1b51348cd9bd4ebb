import type { PersonaData } from '../data.ts'
import { mysql } from '../services/databases.ts'
import { linux5 } from '../stacks/linux.ts'

/** A database that its owner opened to the world: MySQL 8.0 on Ubuntu 20.04. */
export const mysqlServer: PersonaData = {
  id: 'mysql-server',
  title: 'MySQL 8.0 on Ubuntu 20.04, open to the world, with phpMyAdmin’s Apache beside it',
  system: {
    family: 'linux',
    name: 'Ubuntu Server 20.04 LTS',
    version: '5.4.0-170-generic',
    patched: false,
    era: [2020, 2027],
    source: 'Ubuntu release notes, "Focal Fossa": kernel 5.4, April 2020, support until May 2025',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: linux5,
    source:
      'rotation/stacks/linux.ts: ip-sysctl defaults, confirmed with nmap ("Linux 4.15 - 5.6")',
  },
  signature: '4:64+0:0:1460:mss*45,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_8.2p1 Ubuntu-4ubuntu0.11' },
      source: 'Ubuntu package openssh-server 1:8.2p1-4ubuntu0.11',
    },
    80: {
      protocol: 'http',
      settings: { server: 'apache', version: '2.4.41', os: 'Ubuntu' },
      source: 'Ubuntu package apache2 2.4.41-4ubuntu3',
    },
    3306: mysql({
      version: '8.0.36-0ubuntu0.20.04.1',
      capabilities: 0xdffff7ff,
      collation: 255,
      plugin: 'caching_sha2_password',
      source: 'Ubuntu package mysql-server-8.0 8.0.36-0ubuntu0.20.04.1',
    }),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: { pattern: 'db-%%', source: "an administrator's scheme: the role and a number" },
  vendor: {
    prefixes: ['52:54:00', '00:16:3e'],
    source: 'QEMU/KVM documentation; IEEE MA-L: Xensource',
  },
  uptime: {
    medianDays: 90,
    sigma: 1,
    source: 'assumed: a database is restarted as seldom as can be',
  },
}
