import type { PersonaData } from '../data.ts'
import { mysql } from '../services/databases.ts'
import { postfix, vsftpd } from '../services/unix.ts'
import { linux4 } from '../stacks/linux.ts'

/** A web server of 2014 that nobody dares to touch: all its packages as they were then. */
export const ubuntu1404: PersonaData = {
  id: 'ubuntu-14-04',
  title: 'Ubuntu 14.04 server with Apache, MySQL, FTP and mail, no updates since 2015',
  system: {
    family: 'linux',
    name: 'Ubuntu Server 14.04 LTS',
    version: '3.13.0-43-generic',
    patched: false,
    era: [2014, 2027],
    source:
      'Ubuntu release notes, "Trusty Tahr": kernel 3.13, April 2014, support until April 2019',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: linux4,
    source: 'rotation/stacks/linux.ts: kernel 3.11 to 4.14 with 250 Hz, as Ubuntu builds it',
  },
  signature: '4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    21: vsftpd('3.0.2', 'Ubuntu package vsftpd 3.0.2-1ubuntu2'),
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2' },
      source: 'Ubuntu package openssh-server 1:6.6p1-2ubuntu2',
    },
    25: postfix('ESMTP Postfix (Ubuntu)', false, 'Ubuntu package postfix 2.11.0-1'),
    80: {
      protocol: 'http',
      settings: { server: 'apache', version: '2.4.7', os: 'Ubuntu' },
      source: 'Ubuntu package apache2 2.4.7-1ubuntu4',
    },
    3306: mysql({
      version: '5.5.41-0ubuntu0.14.04.1',
      capabilities: 0x800ff7ff,
      collation: 8,
      plugin: 'mysql_native_password',
      source: 'Ubuntu package mysql-server-5.5 5.5.41-0ubuntu0.14.04.1',
    }),
  },
  udp: {},
  closed: 'closed',
  reset: [],
  hostname: { pattern: 'web%%', source: "an administrator's scheme: the role and a number" },
  vendor: {
    prefixes: ['00:16:3e', '00:50:56', '52:54:00'],
    source: 'IEEE MA-L: Xensource, VMware; QEMU/KVM documentation',
  },
  uptime: {
    medianDays: 300,
    sigma: 0.9,
    source: 'assumed: nobody dares to restart it',
  },
}
