import type { PersonaData } from '../data.ts'
import { postfix, vsftpd } from '../services/unix.ts'
import { freebsd } from '../stacks/bsd.ts'

/** A server on FreeBSD 13.0, as it was installed: web, FTP, mail and time. */
export const freebsd13: PersonaData = {
  id: 'freebsd-13',
  title: 'FreeBSD 13.0 server with nginx, FTP, Postfix, OpenSSH and ntpd',
  system: {
    family: 'bsd',
    name: 'FreeBSD 13.0-RELEASE',
    version: '13.0-RELEASE amd64',
    patched: false,
    era: [2021, 2027],
    source: 'FreeBSD 13.0-RELEASE announcement, April 2021; no support since August 2022',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: freebsd,
    source: 'rotation/stacks/bsd.ts: FreeBSD 12 and 13, confirmed with nmap',
  },
  signature: '4:64+0:0:1460:65535,6:mss,nop,ws,sok,ts:df:0',
  ports: {
    21: vsftpd('3.0.3', 'FreeBSD ports, ftp/vsftpd 3.0.3'),
    22: {
      protocol: 'ssh',
      // The shell that there is speaks Linux: nobody gets in.
      settings: { ident: 'SSH-2.0-OpenSSH_7.9 FreeBSD-20200214', accept: [] },
      source: 'FreeBSD 13.0, crypto/openssh/version.h: 7.9p1, FreeBSD-20200214',
    },
    25: postfix('ESMTP Postfix', true, 'FreeBSD ports, mail/postfix 3.5: smtpd_banner unchanged'),
    80: {
      protocol: 'http',
      settings: { server: 'nginx', version: '1.20.1' },
      source: 'FreeBSD ports, www/nginx 1.20.1',
    },
  },
  udp: {
    123: { protocol: 'ntp', source: 'FreeBSD 13.0, ntpd(8) 4.2.8p15 with the default ntp.conf' },
  },
  closed: 'closed',
  reset: [],
  hostname: { pattern: 'bsd%%', source: "an administrator's scheme: the system and a number" },
  vendor: {
    prefixes: ['00:25:90', 'a0:36:9f', '52:54:00'],
    source: 'IEEE MA-L: Super Micro, Intel; QEMU/KVM documentation',
  },
  uptime: {
    medianDays: 150,
    sigma: 1,
    source: 'assumed: servers that miss their updates run for months',
  },
}
