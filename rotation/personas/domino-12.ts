import type { PersonaData } from '../data.ts'
import { rdp } from '../services/windows.ts'
import { windows10 } from '../stacks/windows.ts'

const RELEASE = '12.0.2FP2'
const FQDN = [{ hostname: 'lower' }, '.corp.local']
const TAGS = ['a', 'a1', 'a01', 'a001', 'a0001', '1', '01', '001', '.', 'x']

const imap = TAGS.flatMap((tag) => [
  {
    starts: `${tag} CAPABILITY`,
    say: `* CAPABILITY IMAP4rev1 AUTH=PLAIN LITERAL+ NAMESPACE QUOTA UIDPLUS\r\n${tag} OK CAPABILITY completed\r\n`,
  },
  { starts: `${tag} LOGIN `, say: `${tag} NO LOGIN invalid id or password\r\n` },
  { starts: `${tag} NOOP`, say: `${tag} OK NOOP completed\r\n` },
  {
    starts: `${tag} LOGOUT`,
    say: `* BYE logging out\r\n${tag} OK LOGOUT completed\r\n`,
    close: true,
  },
  { starts: `${tag} `, say: `${tag} BAD Unknown command\r\n` },
])

/** A mail server of a company that stayed with Notes: HCL Domino 12 on Windows Server 2019. */
export const domino12: PersonaData = {
  id: 'domino-12',
  title: 'HCL Domino 12.0.2 on Windows Server 2019: SMTP, HTTP, POP3, IMAP, LDAP and Notes',
  system: {
    family: 'windows',
    name: 'Windows Server 2019 Standard, HCL Domino 12.0.2 FP2',
    version: '1809, build 17763; Domino 12.0.2FP2',
    patched: false,
    era: [2023, 2030],
    source:
      'HCL Domino 12.0.2 release notes and system requirements: Windows Server 2016, 2019 and 2022',
  },
  device: 'server',
  environments: ['office'],
  stack: {
    traits: windows10,
    source: 'rotation/stacks/windows.ts: Windows 10 since 1709 and Server 2019',
  },
  signature: '4:128+0:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0',
  ports: {
    25: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        greeting: [
          '220 ',
          ...FQDN,
          ` ESMTP Service (HCL Domino Release ${RELEASE}) ready at `,
          { date: 'rfc5322' },
          '\r\n',
        ],
        rules: [
          {
            starts: 'EHLO',
            say: [
              '250-',
              ...FQDN,
              ' Hello, pleased to meet you\r\n250-HELP\r\n250-SIZE\r\n250 PIPELINING\r\n',
            ],
          },
          {
            starts: 'HELO',
            say: ['250 ', ...FQDN, ' Hello, pleased to meet you\r\n'],
          },
          { starts: 'MAIL FROM:', say: '250 Sender OK\r\n' },
          { starts: 'RCPT TO:', say: '554 Relay rejected for policy reasons.\r\n' },
          { starts: 'DATA', say: '503 Bad sequence of commands: DATA\r\n' },
          { starts: 'RSET', say: '250 Reset state\r\n' },
          { starts: 'NOOP', say: '250 OK\r\n' },
          {
            starts: 'HELP',
            say: '214-Enter one of the following commands:\r\n214-HELO EHLO MAIL RCPT DATA RSET NOOP QUIT\r\n214 HELP VRFY EXPN\r\n',
          },
          {
            starts: 'QUIT',
            say: ['221 ', ...FQDN, ' SMTP Service closing transmission channel\r\n'],
            close: true,
          },
        ],
        otherwise: '500 Syntax error, command unrecognized\r\n',
      },
      source:
        'HCL Domino documentation, "Changing the inbound SMTP port settings", "Inbound SMTP commands and extensions"; SMTPGreeting (notes.ini): the banner; RFC 5321 4.2',
    },
    80: {
      protocol: 'http',
      settings: { server: 'Lotus-Domino', title: 'Server Login' },
      source:
        'HCL Domino documentation, DominoNoBanner (notes.ini): "Server: Lotus-Domino" without it',
    },
    110: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        greeting: [
          `+OK HCL Notes POP3 server version Release ${RELEASE} ready on `,
          { hostname: 'as-is' },
          '/Corp.\r\n',
        ],
        rules: [
          { starts: 'CAPA', say: '+OK Capability list follows\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n' },
          { starts: 'USER ', credential: 'user', say: '+OK Password required\r\n' },
          { starts: 'PASS ', credential: 'password', say: '-ERR Invalid login\r\n' },
          { starts: 'QUIT', say: '+OK POP3 server signing off\r\n', close: true },
        ],
        otherwise: '-ERR Unknown command\r\n',
      },
      source: 'HCL Domino documentation, "Setting up the POP3 service"; RFC 1939 4 and RFC 2449',
    },
    143: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        greeting: [
          `* OK Domino IMAP4 Server Release ${RELEASE} ready `,
          { date: 'rfc5322' },
          '\r\n',
        ],
        rules: imap,
        otherwise: '* BAD Unknown command\r\n',
      },
      source: 'HCL Domino documentation, "Setting up the IMAP service"; RFC 3501 6',
    },
    389: {
      protocol: 'dialogue',
      settings: {
        // BindRequest 1, version 3 or 2, anonymous and simple → BindResponse, success.
        rules: ['03', '02'].map((version) => ({
          starts: { hex: `300c02010160070201${version}04008000` },
          say: { hex: '300c02010161070a010004000400' },
        })),
        closeOtherwise: true,
      },
      source:
        'HCL Domino documentation, "Setting up the LDAP service": anonymous at 389; RFC 4511 4.2',
    },
    1352: {
      protocol: 'dialogue',
      settings: { closeOtherwise: true },
      source: 'HCL Domino documentation, "Default port for NRPC": 1352; what is no NRPC is closed',
    },
    3389: rdp(0x1f, { nla: true, hybridEx: true }),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'DOMINO%%',
    source: "an administrator's scheme: the product and a number",
  },
  vendor: {
    prefixes: ['00:50:56', '00:15:5d', '18:66:da'],
    source: 'IEEE MA-L: VMware, Microsoft (Hyper-V), Dell',
  },
  uptime: {
    medianDays: 50,
    sigma: 0.9,
    source: 'assumed: a mail server is restarted as seldom as can be',
  },
}
