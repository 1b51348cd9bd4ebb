/** The same for what speaks BER: SNMP and LDAP. */
import { hex, type Row } from './datagram-rows.ts'

const SYS_DESCR = '06 08 2b06010201010100'
/** snmpget -v… -c public … sysDescr.0, with request number 0x01020304. */
const snmpGet = (version: '00' | '01', pdu = 'a0', oid = SYS_DESCR): Buffer =>
  hex(
    `30 29 0201${version} 0406 7075626c6963 ${pdu} 1c 020401020304 020100 020100 300e 300c ${oid} 0500`,
  )
/** As Windows writes LDAP: every length in four bytes. */
const long = (tag: string, ...parts: readonly string[]): string => {
  const body = parts.join('').replaceAll(' ', '')
  return `${tag}84${(body.length / 2).toString(16).padStart(8, '0')}${body}`
}
const LDAP_PING = long(
  '30',
  '020103',
  long(
    '63',
    '0400 0a0100 0a0100 020100 020100 010100',
    long(
      'a0',
      long('a3', '0409 446e73446f6d61696e 0405 612e6c616e'),
      long('a3', '0401 78 0401 00'),
    ),
    long('30', '0408 4e65746c6f676f6e'),
  ),
)

export const berRows: readonly Row[] = [
  {
    name: 'v1 get of what is not there',
    protocol: 'snmp',
    datagram: snmpGet('00'),
    answers: `30 29 020100 0406 7075626c6963 a2 1c 020401020304 020102 020101 300e 300c ${SYS_DESCR} 0500`,
    seen: [
      { kind: 'credential', method: 'community', user: '', secret: 'public', accepted: true },
      { verb: 'get', target: '1.3.6.1.2.1.1.1.0', headers: { version: '1' } },
    ],
  },
  {
    name: 'v2c get of what is not there',
    protocol: 'snmp',
    datagram: snmpGet('01'),
    answers: `30 29 020101 0406 7075626c6963 a2 1c 020401020304 020100 020100 300e 300c ${SYS_DESCR} 8000`,
    seen: [{ secret: 'public' }, { verb: 'get', headers: { version: '2c' } }],
  },
  {
    name: 'v2c get, too big an answer',
    protocol: 'snmp',
    settings: { description: 'A switch' },
    datagram: snmpGet('01'),
    answers: '30 1b 020101 0406 7075626c6963 a2 0e 020401020304 020101 020100 3000',
    seen: [{ secret: 'public' }, { verb: 'get' }],
  },
  {
    name: 'v1 get, too big an answer',
    protocol: 'snmp',
    settings: { description: 'A switch' },
    datagram: snmpGet('00'),
    answers: `30 29 020100 0406 7075626c6963 a2 1c 020401020304 020101 020100 300e 300c ${SYS_DESCR} 0500`,
    seen: [{ secret: 'public' }, { verb: 'get' }],
  },
  {
    name: 'v2c get with room for the answer',
    protocol: 'snmp',
    settings: { description: 'A switch' },
    datagram: snmpGet('01'),
    allowance: 51,
    answers: `30 31 020101 0406 7075626c6963 a2 24 020401020304 020100 020100 3016 3014 ${SYS_DESCR} 0408 4120737769746368`,
    seen: [{ secret: 'public' }, { verb: 'get' }],
  },
  {
    name: 'getnext from the description on',
    protocol: 'snmp',
    datagram: snmpGet('01', 'a1'),
    allowance: 100,
    answers: `30 34 020101 0406 7075626c6963 a2 27 020401020304 020100 020100 3019 3017 06 08 2b06010201010500 040b 637574746c652d74657374`,
    seen: [{ secret: 'public' }, { verb: 'getnext' }],
  },
  {
    name: 'getbulk behind the end',
    protocol: 'snmp',
    datagram: snmpGet('01', 'a5', '06 08 2b06010201010600'),
    answers:
      '30 29 020101 0406 7075626c6963 a2 1c 020401020304 020100 020100 300e 300c 06 08 2b06010201010600 8200',
    seen: [{ secret: 'public' }, { verb: 'getbulk' }],
  },
  {
    name: 'set',
    protocol: 'snmp',
    datagram: snmpGet('01', 'a3'),
    answers: `30 29 020101 0406 7075626c6963 a2 1c 020401020304 020111 020101 300e 300c ${SYS_DESCR} 0500`,
    seen: [{ secret: 'public' }, { verb: 'set' }],
  },
  {
    name: 'another community',
    protocol: 'snmp',
    settings: { communities: ['s3cret'] },
    datagram: snmpGet('01'),
    seen: [{ secret: 'public', accepted: false }, { verb: 'get' }],
  },
  {
    name: 'a response is not answered',
    protocol: 'snmp',
    datagram: snmpGet('01', 'a2'),
    seen: [{ secret: 'public' }, { verb: 'pdu 2' }],
  },
  {
    name: 'discovery of v3',
    protocol: 'snmp',
    datagram: hex(
      '303a 020103 300f 02024a69 0203 00ffe3 040104 020103 0410 300e 0400 020100 020100 0400 0400 0400 3012 0400 0400 a00c 020237f0 020100 020100 3000',
    ),
    seen: [{ kind: 'request', verb: 'discovery' }],
  },
  {
    name: 'the root, as amplifiers are found',
    protocol: 'cldap',
    datagram: hex(
      '3025 020101 6320 0400 0a0100 0a0100 020100 020100 010100 870b 6f626a656374636c617373 3000',
    ),
    answers: '300c 020101 6507 0a0100 0400 0400',
    seen: [
      {
        kind: 'request',
        verb: 'search',
        target: '',
        headers: { scope: 'base', filter: '(objectclass=*)', attributes: '' },
      },
    ],
  },
  {
    name: 'a ping of a domain controller',
    protocol: 'cldap',
    datagram: hex(LDAP_PING),
    answers: '300c 020103 6507 0a0100 0400 0400',
    seen: [
      {
        headers: { filter: '(&(DnsDomain=a.lan)(x=\\x00))', attributes: 'Netlogon', scope: 'base' },
      },
    ],
  },
]
