import type { PersonaData } from '../data.ts'
import { linux5 } from '../stacks/linux.ts'

/** A web and cache server on Ubuntu 22.04, as it is rented by the thousand. */
export const ubuntu2204: PersonaData = {
  id: 'ubuntu-22-04',
  title: 'Ubuntu 22.04 server with nginx, OpenSSH and an exposed Redis',
  system: {
    family: 'linux',
    name: 'Ubuntu Server 22.04 LTS',
    version: '5.15.0-generic',
    patched: false,
    era: [2022, 2027],
    source:
      'Ubuntu release notes, "Jammy Jellyfish": kernel 5.15, April 2022, five years of support',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: linux5,
    source: 'rotation/stacks/linux.ts: ip-sysctl defaults, own capture, confirmed with nmap',
  },
  signature: '4:64+0:0:1460:mss*45,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10' },
      source: 'Ubuntu package openssh-server 1:8.9p1-3ubuntu0.10',
    },
    80: {
      protocol: 'http',
      settings: { server: 'nginx', version: '1.18.0', os: 'Ubuntu' },
      source: 'Ubuntu package nginx 1.18.0-6ubuntu14',
    },
    6379: {
      protocol: 'redis',
      settings: { version: '6.0.16' },
      source: 'Ubuntu package redis 5:6.0.16-1ubuntu1',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'vps-######',
    source: "a hosting company's scheme, as its customers see it",
  },
  vendor: {
    prefixes: ['52:54:00'],
    source: 'QEMU/KVM documentation: the prefix that virtual network cards are given',
  },
  uptime: {
    medianDays: 60,
    sigma: 1,
    source: 'assumed: rented servers are restarted for kernel updates every month or two',
  },
}
