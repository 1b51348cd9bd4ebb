/** The first words of clients, for services that wait for them. */

/** TLS 1.2 ClientHello (RFC 5246 7.4.1.2) with the suites that old and new servers know. */
const CLIENT_HELLO = Buffer.from(
  `16030100${'5f'}0100005b0303${'5a'.repeat(32)}00000ec02bc02fc013c014009c002f00350100` +
    '0024000a00080006001d00170018000b00020100000d000e000c040308040401050106010201',
  'hex',
)

export type Hello = {
  readonly name: string
  readonly ports: readonly number[]
  readonly bytes: Buffer
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** [MS-SMB2] 2.2.3: dialects 2.0.2 and 2.1, one message in a NetBIOS session frame. */
export const SMB2_NEGOTIATE = smb2(
  0,
  0,
  hex(`2400 0200 0100 0000 00000000 ${'11'.repeat(16)} 0000000000000000 0202 1002`),
)

const NTLM_NEGOTIATE = hex(
  '4e544c4d53535000 01000000 97820862 0000000000000000 0000000000000000 0a00614a0000000f',
)
/** [MS-SMB2] 2.2.5 with an NTLM NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1) as its token. */
export const SMB2_SESSION_SETUP = smb2(
  1,
  1,
  Buffer.concat([
    hex('1900 00 01 01000000 00000000 5800'),
    Buffer.from([NTLM_NEGOTIATE.length, 0]),
    Buffer.alloc(8),
    NTLM_NEGOTIATE,
  ]),
)

/** [MS-CIFS] 2.2.4.52.1, without extended security: the challenge comes at once. */
export const SMB1_NEGOTIATE = hex(
  '0000002f ff534d42 72 00000000 00 0100 0000 0000000000000000 0000 0000 2f4b 0000 c55e' +
    ' 00 0c00 02 4e54204c4d20302e313200',
)

/** PostgreSQL's StartupMessage, version 3.0, as user postgres. */
export const POSTGRES_STARTUP = hex(
  '00000029 00030000 75736572 00 706f737467726573 00 6461746162617365 00 706f737467726573 00 00',
)

export const hellos: readonly Hello[] = [
  {
    name: 'TLS',
    ports: [443, 636, 993, 995, 465, 8443, 4443, 9443, 5986, 8883],
    bytes: CLIENT_HELLO,
  },
  {
    name: 'TDS prelogin',
    ports: [1433],
    // [MS-TDS] 2.2.6.5: VERSION and ENCRYPTION.
    bytes: hex('1201 001a 0000 0100 00 000b 0006 01 0011 0001 ff 000000000000 00'),
  },
  { name: 'SMB2', ports: [139, 445], bytes: SMB2_NEGOTIATE },
  { name: 'SMB1', ports: [139, 445], bytes: SMB1_NEGOTIATE },
  // [MS-RDPBCGR] 2.2.1.1: X.224 connection request, TLS or CredSSP.
  { name: 'RDP', ports: [3389], bytes: hex('0300 0013 0e e0 0000 0000 00 01 00 0800 03000000') },
  { name: 'PostgreSQL', ports: [5432], bytes: POSTGRES_STARTUP },
  // MQTT 3.1.1 CONNECT, client "a".
  { name: 'MQTT', ports: [1883], bytes: hex('10 0d 0004 4d515454 04 02 003c 0001 61') },
  // RFC 1006 with a COTP connection request to rack 0, slot 2.
  {
    name: 'COTP',
    ports: [102],
    bytes: hex('0300 0016 11 e0 0000 0001 00 c0010a c1020100 c2020102'),
  },
  // ADB's CNXN with "host::".
  {
    name: 'ADB',
    ports: [5555],
    bytes: hex('434e584e 00000001 00100000 07000000 32020000 bcb1a7b1 686f73743a3a00'),
  },
  // LDAP anonymous bind (RFC 4511 4.2).
  { name: 'LDAP', ports: [389, 3268], bytes: hex('300c 020101 6007 020103 0400 8000') },
  // Modbus: read device identification.
  { name: 'Modbus', ports: [502], bytes: hex('0001 0000 0005 01 2b0e0100') },
  { name: 'RTSP', ports: [554], bytes: Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n') },
  { name: 'memcached', ports: [11_211], bytes: Buffer.from('version\r\n') },
  { name: 'Redis', ports: [6379], bytes: Buffer.from('PING\r\n') },
  { name: 'a printer job language', ports: [9100], bytes: Buffer.from('@PJL INFO ID\r\n') },
  // [MS-RPCE]: bind to the endpoint mapper.
  {
    name: 'DCE/RPC',
    ports: [135],
    bytes: hex(
      '05000b03 10000000 4800 0000 01000000 d016 d016 00000000 01 000000 0000 01 00' +
        ' 0883afe11f5dc91191a408002b14a0fa 03000000 045d888aeb1cc9119fe808002b104860 02000000',
    ),
  },
  // Oracle Net: CONNECT to (DESCRIPTION=(CONNECT_DATA=(COMMAND=ping))).
  { name: 'Oracle', ports: [1521], bytes: oracleConnect('(CONNECT_DATA=(COMMAND=version))') },
  {
    name: 'WinRM',
    ports: [5985],
    bytes: Buffer.from('POST /wsman HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'),
  },
]

function oracleConnect(data: string): Buffer {
  const head = hex(
    '0000 0000 01 00 0000 0136 012c 0000 0800 7fff 7f08 0000 0001 0000 003a 00000000 0000 0000 00000000 00000000 00000000 00000000 0000',
  )
  const text = Buffer.from(data)
  const packet = Buffer.concat([head.subarray(0, 58), text])
  packet.writeUInt16BE(packet.length, 0)
  packet.writeUInt16BE(text.length, 24)
  return packet
}

/** [MS-SMB2] 2.2.1.2 in a frame of [MS-SMB2] 2.1. */
function smb2(command: number, message: number, body: Buffer): Buffer {
  const header = hex(
    'fe534d42 4000 0000 00000000 0000 0100 00000000 00000000 0000000000000000 fffe0000 00000000',
  )
  const whole = Buffer.concat([header, Buffer.alloc(64 - header.length), body])
  whole.writeUInt16LE(command, 12)
  whole.writeUInt32LE(message, 24)
  const frame = Buffer.alloc(4)
  frame.writeUInt32BE(whole.length, 0)
  return Buffer.concat([frame, whole])
}
