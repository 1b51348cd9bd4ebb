import type { PersonaData } from '../data.ts'
import { ios } from '../stacks/appliances.ts'

/** RFC 4253 7.1. The lists of `show ip ssh` and "Secure Shell Configuration Guide, Cisco IOS Release 15M&T". */
const KEXINIT_LISTS = [
  'diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1',
  'ssh-rsa',
  ...twice('aes128-cbc,3des-cbc,aes192-cbc,aes256-cbc'),
  ...twice('hmac-sha1,hmac-sha1-96,hmac-md5,hmac-md5-96'),
  ...twice('none'),
  ...twice(''),
]

/** A branch router as it was configured a decade ago. */
export const ciscoIos15: PersonaData = {
  id: 'cisco-ios-15',
  title: 'Cisco 2911 with IOS 15.1, telnet and the web console open',
  system: {
    family: 'ios',
    name: 'Cisco 2911 (C2900-UNIVERSALK9-M)',
    version: '15.1(4)M6',
    patched: false,
    era: [2012, 2026],
    source:
      'Cisco "Release Notes for Cisco IOS Release 15.1M&T"; advisory cisco-sa-20170629-snmp (CVE-2017-6742) names 15.1M',
  },
  device: 'router',
  environments: ['office', 'industrial'],
  stack: {
    traits: ios,
    source: 'rotation/stacks/appliances.ts: confirmed with nmap (IOS 12.4 and 15)',
  },
  signature: '4:255+0:0:1460:4128,0:mss::0',
  ports: {
    22: {
      protocol: 'dialogue',
      settings: {
        greeting: 'SSH-1.99-Cisco-1.25\n',
        rules: [
          { starts: 'SSH-2', say: kexinit() },
          { starts: 'SSH-1.99', say: kexinit() },
        ],
        closeOtherwise: true,
      },
      source:
        'RFC 4253 5.1 and 7.1; Cisco "Secure Shell Configuration Guide": version 1.99 offers 1 and 2; the key exchange ends when the visitor begins it',
    },
    23: {
      protocol: 'dialogue',
      settings: {
        greeting: [
          { hex: 'fffb01fffb03fffd18fffd1f' },
          '\r\n\r\nUser Access Verification\r\n\r\nPassword: ',
        ],
        terminal: ['start', 'second', 'third'],
        rules: [
          { when: 'start', credential: 'password', say: 'Password: ', next: 'second' },
          { when: 'second', credential: 'password', say: 'Password: ', next: 'third' },
          { when: 'third', credential: 'password', say: '% Bad passwords\r\n', close: true },
        ],
      },
      source:
        'RFC 854, 857, 858, 1073, 1091; Cisco "Configuring Line Password Protection": a vty with login and password alone, asked for three times',
    },
    80: {
      protocol: 'http',
      settings: { server: 'cisco-IOS', realm: 'level_15_access' },
      source:
        'Cisco "HTTP Services Configuration Guide, IOS 15M&T": the server asks for privilege level 15',
    },
  },
  udp: {
    123: { protocol: 'ntp', source: 'RFC 5905; Cisco "Basic System Management": ntp server' },
    161: {
      protocol: 'snmp',
      settings: {
        description:
          'Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.1(4)M6, RELEASE SOFTWARE (fc2)',
      },
      source:
        'cisco-sa-20170629-snmp: SNMP v1 and v2c as configured; the first line of "show version" is what sysDescr begins with',
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'RTR-##-%%',
    source: 'an administrator\'s scheme; "Router" is what IOS has before it is given a name',
  },
  vendor: {
    prefixes: ['54:75:d0', 'c4:71:fe', 'd8:24:bd', 'f8:66:f2', '88:75:56'],
    source: 'IEEE MA-L: Cisco Systems, Inc',
  },
  uptime: {
    medianDays: 300,
    sigma: 0.9,
    source: 'assumed: branch routers run until the power fails',
  },
}

function twice(list: string): string[] {
  return [list, list]
}

/** A binary packet (RFC 4253 6) of a whole KEXINIT: cookie and padding are fresh. */
function kexinit() {
  const lists = Buffer.concat(
    KEXINIT_LISTS.map((list) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(list.length)
      return Buffer.concat([length, Buffer.from(list, 'latin1')])
    }),
  )
  const cookieBytes = 16
  // Type, cookie, lists, first_kex_packet_follows and a reserved word.
  const payload = 1 + cookieBytes + lists.length + 5
  const least = 4
  const padding = least + ((8 - ((5 + payload + least) % 8)) % 8)
  const head = Buffer.alloc(6)
  head.writeUInt32BE(1 + payload + padding)
  head[4] = padding
  head[5] = 20
  return [
    { hex: head.toString('hex') },
    { random: cookieBytes },
    { hex: `${lists.toString('hex')}0000000000` },
    { random: padding },
  ]
}
