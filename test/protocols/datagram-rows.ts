/** What real clients and scanners send, and what comes back. */

export type Row = {
  readonly name: string
  readonly protocol: string
  readonly datagram: Buffer
  readonly settings?: unknown
  /** Hex, with a dot for any digit, or a pattern of the latin1 text; undefined: silence. */
  readonly answers?: string | RegExp
  /** Bytes that may go out; as many as came in unless it is told. */
  readonly allowance?: number
  readonly seen: readonly unknown[]
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const lines = (...list: readonly string[]): Buffer => Buffer.from(`${list.join('\r\n')}\r\n\r\n`)
const framed = (text: string): Buffer => Buffer.concat([hex('0001000000010000'), Buffer.from(text)])

const DNS_ANY = '03697363 036f7267 00 00ff 0001'
const VERSION_BIND = '0006 0100 0001 0000 0000 0000 07 76657273696f6e 04 62696e64 00 0010 0003'
const EDNS = '00 0029 1000 0000 8000 0000'
const NB_STAR = `20${Buffer.from(`CK${'A'.repeat(30)}`).toString('hex')}00`
const nbName = (name: string, suffix: number): string => {
  const plain = Buffer.from(`${name.padEnd(15)}${String.fromCharCode(suffix)}`, 'latin1')
  const letters = [...plain].flatMap((b) => [0x41 + (b >> 4), 0x41 + (b & 15)])
  return `20${Buffer.from(letters).toString('hex')}00`
}
const SEARCH = lines(
  'M-SEARCH * HTTP/1.1',
  'HOST: 239.255.255.250:1900',
  'MAN: "ssdp:discover"',
  'MX: 2',
  'ST: upnp:rootdevice',
)
const sip = (method: string, ...more: readonly string[]): Buffer =>
  lines(
    `${method} sip:100@198.51.100.3 SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.7:5071;branch=z9hG4bK-2817;rport',
    'Max-Forwards: 70',
    'From: "sipvicious"<sip:100@1.1.1.1>;tag=3132',
    't: "sipvicious"<sip:100@1.1.1.1>',
    'Call-ID: 845752980453913316694142',
    `CSeq: 1 ${method}`,
    'Contact: <sip:100@192.0.2.7:5071>',
    'User-Agent: friendly-scanner',
    'Accept: application/sdp',
    ...more,
    'Content-Length: 0',
  )
export const rows: readonly Row[] = [
  {
    name: 'ANY with EDNS, as amplifiers are found',
    protocol: 'dns',
    datagram: hex(`1234 0100 0001 0000 0000 0001 ${DNS_ANY} ${EDNS}`),
    answers: `1234 8105 0001 0000 0000 0001 ${DNS_ANY} 00 0029 04d0 0000 8000 0000`,
    seen: [
      { kind: 'request', verb: 'ANY', target: 'isc.org', headers: { class: 'IN', opcode: '0' } },
    ],
  },
  {
    name: 'version.bind, to a resolver that fails',
    protocol: 'dns',
    settings: { rcode: 'servfail', recursion: true },
    datagram: hex(VERSION_BIND),
    answers: VERSION_BIND.replace('0100', '8182'),
    seen: [{ verb: 'TXT', target: 'version.bind', headers: { class: 'CH' } }],
  },
  {
    name: 'version.bind, longer than the question',
    protocol: 'dns',
    settings: { version: 'dnsmasq-2.80', recursion: true },
    datagram: hex(VERSION_BIND),
    answers: VERSION_BIND.replace('0100', '8380'),
    seen: [{ verb: 'TXT' }],
  },
  {
    name: 'version.bind, with room for the answer',
    protocol: 'dns',
    settings: { version: 'dnsmasq-2.80', recursion: true },
    datagram: hex(VERSION_BIND),
    allowance: 60,
    answers: `${VERSION_BIND.replace('0100 0001 0000', '8180 0001 0001')} c00c 0010 0003 00000000 000d 0c 646e736d6173712d322e3830`,
    seen: [{ verb: 'TXT' }],
  },
  {
    name: 'version.bind, as Windows has it',
    protocol: 'dns',
    settings: { chaos: 'notimp' },
    datagram: hex(VERSION_BIND),
    answers: VERSION_BIND.replace('0100', '8104'),
    seen: [{ verb: 'TXT' }],
  },
  {
    name: 'a server status request',
    protocol: 'dns',
    datagram: hex('0000 1000 0000 0000 0000 0000'),
    answers: '0000 9004 0000 0000 0000 0000',
    seen: [{ verb: 'STATUS', target: '' }],
  },
  {
    name: 'a client of version 4',
    protocol: 'ntp',
    datagram: hex(`e3 00 06 ec ${'00'.repeat(36)} c54f234b 71b152f3`),
    answers: `24 03 06 e9 ${'.'.repeat(16)} ${'.'.repeat(8)} ${'.'.repeat(16)} c54f234b 71b152f3 ${'.'.repeat(32)}`,
    seen: [{ kind: 'request', verb: 'client', target: '', headers: { version: '4' } }],
  },
  {
    name: 'monlist',
    protocol: 'ntp',
    datagram: hex(`17 00 03 2a ${'00'.repeat(188)}`),
    seen: [{ verb: 'private', target: 'mon_getlist_1' }],
  },
  {
    name: 'readvar',
    protocol: 'ntp',
    datagram: hex('16 02 0001 0000 0000 0000 0000'),
    seen: [{ verb: 'control', target: 'readvar' }],
  },
  {
    name: 'a search',
    protocol: 'ssdp',
    settings: { server: 'Linux UPnP/1.0 x/1', location: ':49152/d.xml' },
    datagram: SEARCH,
    seen: [
      { verb: 'M-SEARCH', target: 'upnp:rootdevice', headers: { man: '"ssdp:discover"', mx: '2' } },
    ],
  },
  {
    name: 'a search with room for the answer',
    protocol: 'ssdp',
    settings: { server: 'Linux UPnP/1.0 x/1', location: ':49152/d.xml' },
    datagram: SEARCH,
    allowance: 300,
    answers:
      /^HTTP\/1\.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http:\/\/198\.51\.100\.3:49152\/d\.xml\r\nSERVER: Linux UPnP\/1\.0 x\/1\r\nST: upnp:rootdevice\r\nUSN: uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}::upnp:rootdevice\r\n\r\n$/,
    seen: [{ verb: 'M-SEARCH' }],
  },
  {
    name: 'OPTIONS of a scanner',
    protocol: 'sip',
    settings: { server: 'PBX' },
    datagram: sip('OPTIONS'),
    answers:
      /^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/UDP 192\.0\.2\.7:5071;branch=z9hG4bK-2817;rport=51234;received=192\.0\.2\.7\r\nFrom: "sipvicious"<sip:100@1\.1\.1\.1>;tag=3132\r\nTo: "sipvicious"<sip:100@1\.1\.1\.1>;tag=as[0-9a-f]{8}\r\nCall-ID: 845752980453913316694142\r\nCSeq: 1 OPTIONS\r\nServer: PBX\r\nContent-Length: 0\r\n\r\n$/,
    seen: [
      {
        verb: 'OPTIONS',
        target: 'sip:100@198.51.100.3',
        headers: { 'user-agent': 'friendly-scanner' },
      },
    ],
  },
  {
    name: 'REGISTER, and there is no room to ask for a password',
    protocol: 'sip',
    settings: { realm: 'a long name of an exchange: ask its owners what it is for' },
    datagram: sip('REGISTER'),
    seen: [{ verb: 'REGISTER' }],
  },
  {
    name: 'REGISTER, and there is',
    protocol: 'sip',
    datagram: sip('REGISTER', `Allow: ${'INVITE, '.repeat(12)}`),
    answers:
      /^SIP\/2\.0 401 Unauthorized\r\n.*\r\nWWW-Authenticate: Digest algorithm=MD5, realm="asterisk", nonce="[0-9a-f]{8}"\r\nContent-Length: 0\r\n\r\n$/s,
    seen: [{ verb: 'REGISTER' }],
  },
  {
    name: 'REGISTER with a password',
    protocol: 'sip',
    datagram: sip(
      'REGISTER',
      'Authorization: Digest username="100", realm="asterisk", nonce="0f", uri="sip:x", response="d41d8cd98f00b204"',
    ),
    answers: /^SIP\/2\.0 403 Forbidden\r\n/,
    seen: [
      { verb: 'REGISTER' },
      {
        kind: 'credential',
        method: 'digest',
        user: '100',
        secret: 'd41d8cd98f00b204',
        accepted: false,
      },
    ],
  },
  { name: 'ACK', protocol: 'sip', datagram: sip('ACK'), seen: [{ verb: 'ACK' }] },
  {
    name: 'a read',
    protocol: 'tftp',
    datagram: hex('0001 73746172747570 2d636f6e666967 00 4f43544554 00'),
    answers: '0005 0001 46696c65206e6f7420666f756e64 00',
    seen: [{ kind: 'request', verb: 'RRQ', target: 'startup-config', headers: { mode: 'OCTET' } }],
  },
  {
    name: 'a write of a short name',
    protocol: 'tftp',
    datagram: hex('0002 78 00 6f63746574 00'),
    answers: '0005 0002 00',
    seen: [{ verb: 'WRQ', target: 'x' }],
  },
  {
    name: 'the table of names',
    protocol: 'netbios',
    datagram: hex(`80f0 0010 0001 0000 0000 0000 ${NB_STAR} 0021 0001`),
    allowance: 1000,
    seen: [{ kind: 'request', verb: 'NBSTAT', target: '*', headers: { suffix: '00' } }],
  },
  {
    name: 'a name of others, with room for the answer',
    protocol: 'netbios',
    datagram: hex(`1234 0110 0001 0000 0000 0000 ${nbName('WORKGROUP', 0x1d)} 0020 0001`),
    allowance: 100,
    answers: `1234 8583 0000 0000 0000 0000 ${nbName('WORKGROUP', 0x1d)} 000a 0001 00000000 0000`,
    seen: [{ verb: 'NB', target: 'WORKGROUP', headers: { suffix: '1d', opcode: '0' } }],
  },
  {
    name: 'its own name, with room for the answer',
    protocol: 'netbios',
    datagram: hex(`1234 0100 0001 0000 0000 0000 ${nbName('CUTTLE-TEST', 0x20)} 0020 0001`),
    allowance: 100,
    answers: `1234 8500 0000 0001 0000 0000 ${nbName('CUTTLE-TEST', 0x20)} 0020 0001 000493e0 0006 0000 c6336403`,
    seen: [{ verb: 'NB', target: 'CUTTLE-TEST' }],
  },
  {
    name: 'a name, without room',
    protocol: 'netbios',
    datagram: hex(`1234 0100 0001 0000 0000 0000 ${nbName('CUTTLE-TEST', 0x20)} 0020 0001`),
    seen: [{ verb: 'NB' }],
  },
  {
    name: 'stats',
    protocol: 'memcached',
    datagram: framed('stats\r\n'),
    answers: '0001 0000 0001 0000 4552524f520d0a',
    seen: [{ kind: 'command', text: 'stats' }],
  },
  {
    name: 'get',
    protocol: 'memcached',
    datagram: framed('get a\r\n'),
    answers: '0001 0000 0001 0000 454e440d0a',
    seen: [{ kind: 'command', text: 'get a' }],
  },
  {
    name: 'an order that is shorter than any answer',
    protocol: 'memcached',
    datagram: framed('get \n'),
    answers: '0001 0000 0001 0000 454e440d0a',
    seen: [{ kind: 'command', text: 'get ' }],
  },
]
