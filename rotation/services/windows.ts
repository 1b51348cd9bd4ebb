/** What the doors of Windows say until the protocols have folders of their own. Plain data for `dialogue`, shared by its releases. */
import { Buffer } from 'node:buffer'
import type { PersonaData } from '../data.ts'

type Port = PersonaData['ports'][string]

/** C706 12.6.3.1: the call's number comes back. */
const CALL_ID = { echo: { at: 12, bytes: 4 } }
const HEADER_BYTES = 16
/** C706 12.6.4.4: bind_ack, accepted, to the bind of one context. */
const BIND_ACK = [
  { hex: '05000c03100000003c000000' },
  CALL_ID,
  { hex: 'b810b810' },
  { random: 2 },
  { hex: '00000400313335000000' },
  { hex: '010000000000000004' },
  { hex: '5d888aeb1cc9119fe808002b10486002000000' },
]

/** C706 12.6.4.5: bind_nak, protocol version not supported; 5.0 is. */
const BIND_NAK = [{ hex: '05000d031000000018000000' }, CALL_ID, { hex: '0400010500000000' }]

export const msrpc: Port = {
  protocol: 'dialogue',
  settings: {
    rules: [
      { starts: { hex: '05000b031000000048000000' }, say: BIND_ACK },
      { starts: { hex: '05' }, close: true },
      // What has a header's length and is no RPC.
      { starts: { hex: '??'.repeat(HEADER_BYTES) }, say: BIND_NAK, close: true },
    ],
    closeOtherwise: true,
  },
  source:
    'Microsoft Learn, "Service overview and network port requirements for Windows": RPC endpoint mapper; DCE 1.1 RPC (C706) 12.6.4',
}

/** [MS-SMB] 2.1: what is no session packet ends the connection. */
export const smb: Port = {
  protocol: 'dialogue',
  settings: { closeOtherwise: true },
  source:
    'Microsoft Learn, "Service overview and network port requirements for Windows": SMB; [MS-SMB] 2.1',
}

/** RFC 1002 4.3: a session for *SMBSERVER is granted, for other names there is none ("called name not present"); without a session everything is an error. */
export const netbiosSession: Port = {
  protocol: 'dialogue',
  settings: {
    rules: [
      {
        // RFC 1001 14.1: the name, half a byte to a letter.
        starts: {
          hex: `8100004420${Buffer.from('CKFDENECFDEFFCFGEFFCCACACACACACA').toString('hex')}`,
        },
        say: { hex: '82000000' },
      },
      { starts: { hex: '81' }, say: { hex: '8300000182' }, close: true },
      { starts: { hex: '??'.repeat(4) }, say: { hex: '830000018f' }, close: true },
    ],
    closeOtherwise: true,
  },
  source:
    'Microsoft Learn, "Service overview and network port requirements for Windows": NetBIOS session service; RFC 1002 4.3',
}

const HYBRID_REQUIRED_BY_SERVER = 5
const confirm = (type: 2 | 3, flags: number, code: number) => ({
  hex: `030000130ed00000123400${[type, flags].map(byte).join('')}0800${byte(code)}000000`,
})
const byte = (value: number): string => value.toString(16).padStart(2, '0')

/**
 * [MS-RDPBCGR] 2.2.1.2: the X.224 Connection Confirm. `flags` of RDP_NEG_RSP tell the release: 0x01 extended
 * client data, 0x02 graphics pipeline, 0x08 restricted admin, 0x10 redirected authentication.
 */
export function rdp(flags: number, { nla, hybridEx }: { nla: boolean; hybridEx: boolean }): Port {
  // Requested protocols → the selected one: 0 RDP, 1 TLS, 2 CredSSP, 8 CredSSP with early authorization.
  const selected: readonly (readonly [number, number])[] = [
    [0x00, 0],
    [0x01, 1],
    [0x02, 2],
    [0x03, 2],
    [0x0b, hybridEx ? 8 : 2],
  ]
  return {
    protocol: 'dialogue',
    settings: {
      rules: [
        // T.125 Connect-Initial, always above 255 bytes: the next step, which no one takes here.
        { starts: { hex: '030001' }, close: true },
        // Without RDP_NEG_REQ there is no negotiation in the answer.
        { starts: { hex: '0300000b06e0' }, say: { hex: '0300000b06d00000123400' } },
        ...selected.map(([asked, given]) => ({
          starts: { hex: `030000130ee0000000000001000800${byte(asked)}` },
          ...(nla && given < 2
            ? { say: confirm(3, 0, HYBRID_REQUIRED_BY_SERVER), close: true }
            : { say: confirm(2, flags, given) }),
        })),
        // With a cookie in front of the request; who sends one also offers CredSSP.
        { starts: { hex: '030000' }, say: confirm(2, flags, 2) },
      ],
      closeOtherwise: true,
    },
    source: `[MS-RDPBCGR] 2.2.1.1, 2.2.1.2: X.224 Connection Confirm, RDP_NEG_RSP flags 0x${byte(flags)}${nla ? ', network level authentication required' : ''}`,
  }
}

/** The first page as Windows leaves it, in short: title and picture tell the version. */
const firstPage = (title: string, picture: string): string => `<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1" />
<title>${title}</title>
</head>
<body>
<div id="container">
<a href="http://go.microsoft.com/fwlink/?linkid=66138&amp;clcid=0x409"><img src="${picture}" alt="IIS" width="960" height="600" /></a>
</div>
</body>
</html>
`

const IIS = {
  '7.5': ['IIS7', 'welcome.png', 'Windows 7 and Server 2008 R2'],
  '8.5': ['IIS Windows Server', 'iis-85.png', 'Windows 8.1 and Server 2012 R2'],
  '10.0': ['IIS Windows Server', 'iisstart.png', 'Windows 10 and Server 2016 to 2022'],
} as const

export function iis(version: keyof typeof IIS): Port {
  const [title, picture, systems] = IIS[version]
  return {
    protocol: 'http',
    settings: { server: `Microsoft-IIS/${version}`, index: firstPage(title, picture) },
    source: `Microsoft Learn, "Internet Information Services (IIS) lifecycle": IIS ${version} ships with ${systems}`,
  }
}

/** HTTP.sys without an application at the path (WinRM), or whose application wants none of it (WSDAPI). */
export const httpApi = (what: string, always: 404 | 503 = 404): Port => ({
  protocol: 'http',
  settings: { server: 'Microsoft-HTTPAPI/2.0', always },
  source: `Microsoft Learn, "HTTP Server API" (HTTP.sys 2.0) and ${what}`,
})
