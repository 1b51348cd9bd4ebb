import type { PersonaData } from '../data.ts'
import { tnsListener } from '../services/databases.ts'
import { linux4 } from '../stacks/linux.ts'

/** An Oracle database of the middle of the last decade, on Oracle Linux 7. */
export const oracleServer: PersonaData = {
  id: 'oracle-server',
  title: 'Oracle Database 12.1 on Oracle Linux 7',
  system: {
    family: 'linux',
    name: 'Oracle Linux Server 7.5, Oracle Database 12.1.0.2.0',
    version: '4.1.12-112.16.4.el7uek.x86_64',
    patched: false,
    era: [2015, 2027],
    source: 'Oracle Linux 7.5 release notes: UEK R4 4.1.12-112.16.4, April 2018',
  },
  device: 'server',
  environments: ['office'],
  stack: {
    traits: linux4,
    source: 'rotation/stacks/linux.ts: kernel 3.11 to 4.14',
  },
  signature: '4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_7.4' },
      source: 'Oracle Linux 7 package openssh-server 7.4p1-16.el7: no distribution in its banner',
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'apache',
        version: '2.4.6',
        os: '',
        index: '<html>\n<head>\n<title>Oracle</title>\n</head>\n<body></body>\n</html>\n',
      },
      source: 'Oracle Linux 7 package httpd 2.4.6-80.0.1.el7; without the name of the system',
    },
    1521: tnsListener(
      0x0c100200,
      'Oracle Database 12.1 Net Services Administrator’s Guide: the listener at 1521, local administration only',
    ),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: { pattern: 'oradb%%', source: "an administrator's scheme: the product and a number" },
  vendor: {
    prefixes: ['00:10:e0', '00:21:28', '00:50:56'],
    source: 'IEEE MA-L: Oracle, Oracle, VMware',
  },
  uptime: {
    medianDays: 200,
    sigma: 0.9,
    source: 'assumed: a database is restarted as seldom as can be',
  },
}
