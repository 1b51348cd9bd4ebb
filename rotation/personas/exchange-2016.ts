import type { PersonaData } from '../data.ts'
import { msrpc, rdp, smb } from '../services/windows.ts'
import { windows2016 } from '../stacks/windows.ts'

const DOMAIN = 'corp.local'
/** An answer cannot repeat a client's tag: those that clients and scripts use are spelled out. */
const TAGS = ['a', 'a1', 'a01', 'a001', 'a0001', '1', '01', '001', '.', 'x']
const fqdn = [{ hostname: 'upper' }, `.${DOMAIN}`]

const imap = TAGS.flatMap((tag) => [
  {
    starts: `${tag} CAPABILITY`,
    say: `* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=NTLM AUTH=GSSAPI UIDPLUS MOVE ID CHILDREN IDLE NAMESPACE LITERAL+\r\n${tag} OK CAPABILITY completed.\r\n`,
  },
  { starts: `${tag} LOGIN `, say: `${tag} NO LOGIN failed.\r\n` },
  { starts: `${tag} NOOP`, say: `${tag} OK NOOP completed.\r\n` },
  {
    starts: `${tag} LOGOUT`,
    say: `* BYE Microsoft Exchange Server 2016 IMAP4 server signing off.\r\n${tag} OK LOGOUT completed.\r\n`,
    close: true,
  },
  { starts: `${tag} `, say: `${tag} BAD Command Error. 12\r\n` },
])

/** One mail server for everything: Exchange 2016 on Windows Server 2016, without the updates of 2021. */
export const exchange2016: PersonaData = {
  id: 'exchange-2016',
  title: 'Exchange Server 2016 on Windows Server 2016: SMTP, POP3, IMAP4 and Outlook on the web',
  system: {
    family: 'windows',
    name: 'Windows Server 2016 Standard, Exchange Server 2016 CU18',
    version: '1607, build 14393; Exchange 15.1.2106.2',
    patched: false,
    era: [2020, 2027],
    source:
      'Microsoft Learn, "Exchange Server build numbers and release dates": CU18 of September 2020 is 15.1.2106.2',
  },
  device: 'server',
  environments: ['office'],
  stack: {
    traits: windows2016,
    source: 'rotation/stacks/windows.ts: confirmed with nmap ("build 10586 - 14393")',
  },
  signature: '4:128+0:0:1460:8192,8:mss,nop,ws,sok,ts:df,id+:0',
  ports: {
    25: smtp('AUTH NTLM', 'receive connector "Default Frontend"'),
    80: {
      protocol: 'http',
      settings: {
        server: 'Microsoft-IIS/10.0',
        redirect: { status: 302, to: 'https://{host}/owa/' },
      },
      source:
        'Microsoft Learn, "IIS versions": IIS 10.0 ships with Windows Server 2016; the first page leads to Outlook on the web over HTTPS',
    },
    110: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        greeting: '+OK The Microsoft Exchange POP3 service is ready.\r\n',
        rules: [
          { starts: 'CAPA', say: '+OK\r\nTOP\r\nUIDL\r\nSASL NTLM GSSAPI PLAIN\r\nUSER\r\n.\r\n' },
          { starts: 'USER ', credential: 'user', say: '+OK\r\n' },
          {
            starts: 'PASS ',
            credential: 'password',
            say: '-ERR Logon failure: unknown user name or bad password.\r\n',
          },
          {
            starts: 'QUIT',
            say: '+OK Microsoft Exchange Server 2016 POP3 server signing off.\r\n',
            close: true,
          },
          ...['STAT', 'LIST', 'RETR', 'DELE', 'UIDL', 'TOP'].map((starts) => ({
            starts,
            say: '-ERR Command is not valid in this state.\r\n',
          })),
        ],
        otherwise: '-ERR Protocol error. 14\r\n',
      },
      source:
        'Microsoft Learn, "Set-PopSettings": default of Banner, LoginType PlainTextLogin; [MS-STANXPOP3] 2.2.1',
    },
    135: msrpc,
    143: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        greeting: '* OK The Microsoft Exchange IMAP4 service is ready.\r\n',
        rules: imap,
        otherwise: '* BAD Command Error. 10\r\n',
      },
      source:
        'Microsoft Learn, "Set-ImapSettings": default of Banner, LoginType PlainTextLogin; RFC 3501 6',
    },
    445: smb,
    587: smtp('AUTH GSSAPI NTLM', 'receive connector "Client Frontend"'),
    3389: rdp(0x1f, { nla: true, hybridEx: true }),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'EX16-%%',
    source:
      "an administrator's scheme: role, version, number, as in Microsoft Learn's EX01 to EX16",
  },
  vendor: {
    prefixes: ['00:50:56', '00:15:5d', '18:66:da'],
    source: 'IEEE MA-L: VMware, Microsoft (Hyper-V), Dell',
  },
  uptime: {
    medianDays: 60,
    sigma: 0.9,
    source: 'assumed: a mail server is restarted as seldom as can be',
  },
}

/** Without a certificate that fits, Exchange offers no STARTTLS. */
function smtp(auth: string, connector: string): PersonaData['ports'][string] {
  return {
    protocol: 'dialogue',
    settings: {
      lines: true,
      greeting: [
        '220 ',
        ...fqdn,
        ' Microsoft ESMTP MAIL Service ready at ',
        { date: 'rfc5322' },
        '\r\n',
      ],
      rules: [
        {
          starts: 'EHLO',
          say: [
            '250-',
            ...fqdn,
            ` Hello\r\n250-SIZE 37748736\r\n250-PIPELINING\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250-${auth}\r\n250-8BITMIME\r\n250-BINARYMIME\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n250 XRDST\r\n`,
          ],
        },
        { starts: 'HELO', say: ['250 ', ...fqdn, ' Hello\r\n'] },
        { starts: 'MAIL FROM:', say: '250 2.1.0 Sender OK\r\n' },
        { starts: 'MAIL', say: '501 5.5.4 Invalid arguments\r\n' },
        {
          starts: 'RCPT TO:',
          say: '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain\r\n',
        },
        { starts: 'RCPT', say: '501 5.5.4 Invalid arguments\r\n' },
        { starts: 'DATA', say: '503 5.5.2 Need rcpt command\r\n' },
        { starts: 'BDAT', say: '503 5.5.2 Need rcpt command\r\n' },
        { starts: 'AUTH NTLM', say: '334 NTLM supported\r\n' },
        { starts: 'TlRMTVNTUA', say: '535 5.7.3 Authentication unsuccessful\r\n' },
        { starts: 'AUTH', say: '504 5.7.4 Unrecognized authentication type\r\n' },
        { starts: 'RSET', say: '250 2.0.0 Resetting\r\n' },
        { starts: 'NOOP', say: '250 2.0.0 OK\r\n' },
        { starts: 'VRFY', say: '252 2.1.5 Cannot VRFY user\r\n' },
        {
          starts: 'HELP',
          say: '214-This server supports the following commands:\r\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH BDAT\r\n',
        },
        { starts: 'QUIT', say: '221 2.0.0 Service closing transmission channel\r\n', close: true },
      ],
      otherwise: '500 5.3.3 Unrecognized command\r\n',
    },
    source: `Microsoft Learn, "Receive connectors": ${connector}; [MS-SMTPNTLM] 4; RFC 5321 4.2 and RFC 3463`,
  }
}
