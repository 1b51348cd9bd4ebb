import type { PersonaData } from '../data.ts'
import { mysql } from '../services/databases.ts'
import { vsftpd } from '../services/unix.ts'
import { linuxRhel7 } from '../stacks/linux.ts'

/** A web server on CentOS 7, past its end: Apache, MariaDB and FTP as the distribution left them. */
export const centos7: PersonaData = {
  id: 'centos-7',
  title: 'CentOS 7 server with Apache, MariaDB, FTP and OpenSSH',
  system: {
    family: 'linux',
    name: 'CentOS Linux 7.9.2009',
    version: '3.10.0-1160.el7.x86_64',
    patched: false,
    era: [2014, 2027],
    source: 'CentOS release notes, 7 (2009): kernel 3.10.0-1160; no updates since June 2024',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: linuxRhel7,
    source:
      'rotation/stacks/linux.ts; the distribution took the windows of 3.11 to 4.14 into its 3.10',
  },
  signature: '4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    21: vsftpd('3.0.2', 'CentOS package vsftpd 3.0.2-28.el7'),
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_7.4' },
      source: 'CentOS package openssh-server 7.4p1-21.el7: no distribution in its banner',
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'apache',
        version: '2.4.6',
        os: 'CentOS',
        index:
          '<!DOCTYPE html>\n<html>\n<head>\n<title>Under construction</title>\n</head>\n<body>\n<p>This site is under construction.</p>\n</body>\n</html>\n',
      },
      source: "CentOS package httpd 2.4.6-95.el7.centos; an owner's own first page",
    },
    3306: mysql({
      version: '5.5.68-MariaDB',
      capabilities: 0xa00ff7ff,
      collation: 8,
      plugin: 'mysql_native_password',
      source: 'CentOS package mariadb-server 5.5.68-1.el7',
    }),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: { pattern: 'srv-%%%%', source: "a hosting company's scheme: srv and a number" },
  vendor: {
    prefixes: ['52:54:00', '00:50:56', '0c:c4:7a'],
    source: 'QEMU/KVM documentation; IEEE MA-L: VMware, Super Micro',
  },
  uptime: {
    medianDays: 180,
    sigma: 1,
    source: 'assumed: without updates there is nothing to restart for',
  },
}
