/** What common Unix daemons say until the protocols have folders of their own. Plain data for `dialogue`. */
import type { PersonaData } from '../data.ts'

type Port = PersonaData['ports'][string]

const line = (text: string): string => `${text}\r\n`
const answers = (table: Readonly<Record<string, string>>) =>
  Object.entries(table).map(([starts, say]) => ({ starts, say: line(say) }))

/** `source`: the package that has this version. */
export const vsftpd = (version: string, source: string): Port => ({
  protocol: 'dialogue',
  settings: {
    lines: true,
    greeting: line(`220 (vsFTPd ${version})`),
    rules: [
      { starts: 'USER ', credential: 'user', say: line('331 Please specify the password.') },
      { starts: 'PASS ', credential: 'password', say: line('530 Login incorrect.') },
      ...answers({
        'OPTS UTF8 ON': '200 Always in UTF8 mode.',
        FEAT: [
          '211-Features:',
          ' EPRT',
          ' EPSV',
          ' MDTM',
          ' PASV',
          ' REST STREAM',
          ' SIZE',
          ' TVFS',
          '211 End',
        ].join('\r\n'),
      }),
      { starts: 'QUIT', say: line('221 Goodbye.'), close: true },
    ],
    otherwise: line('530 Please login with USER and PASS.'),
  },
  source: `${source}; answers: vsftpd's documentation and RFC 959 4.2`,
})

/** A server that takes no mail for strangers. `greeting`: smtpd_banner behind the host name. */
export const postfix = (greeting: string, smtpUtf8: boolean, source: string): Port => ({
  protocol: 'dialogue',
  settings: {
    lines: true,
    greeting: ['220 ', { hostname: 'lower' }, line(` ${greeting}`)],
    rules: [
      {
        starts: 'EHLO ',
        say: [
          '250-',
          { hostname: 'lower' },
          '\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n',
          smtpUtf8 ? '250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n' : '250 DSN\r\n',
        ],
      },
      { starts: 'HELO ', say: ['250 ', { hostname: 'lower' }, '\r\n'] },
      ...answers({
        EHLO: '501 Syntax: EHLO hostname',
        HELO: '501 Syntax: HELO hostname',
        'MAIL FROM:': '250 2.1.0 Ok',
        MAIL: '501 5.5.4 Syntax: MAIL FROM:<address>',
        'RCPT TO:': '451 4.3.5 Server configuration error',
        RCPT: '501 5.5.4 Syntax: RCPT TO:<address>',
        DATA: '554 5.5.1 Error: no valid recipients',
        AUTH: '503 5.5.1 Error: authentication not enabled',
        STARTTLS: '502 5.5.1 Error: command not implemented',
        RSET: '250 2.0.0 Ok',
        NOOP: '250 2.0.0 Ok',
      }),
      { starts: 'QUIT', say: line('221 2.0.0 Bye'), close: true },
    ],
    otherwise: line('502 5.5.2 Error: command not recognized'),
  },
  source: `${source}; answers: Postfix's SMTPD_ACCESS_README, RFC 5321 4.2 and RFC 3463`,
})
