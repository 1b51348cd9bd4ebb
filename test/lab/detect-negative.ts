/** Answers that known honeypots give and the systems they play do not (deception.md 1.2 rows 7, 22 and 23). */
import { type Detector, faults, skipped } from './detector.ts'
import { POSTGRES_STARTUP, SMB1_NEGOTIATE } from './hellos.ts'
import type { Step } from './talker.ts'

const GREETING_MS = 1500
const ANSWER_MS = 2500
const SHOWN = 80

type Mark = {
  readonly whose: string
  readonly ports: readonly number[]
  /** Persona protocols that it is tried on at any port. */
  readonly protocols?: readonly string[]
  /** Nothing: the greeting. Bytes as latin1 text. */
  readonly send?: string
  readonly forbidden: RegExp
}

const bytes = (hex: string): string =>
  Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1')
/** The bytes of `hex` at the start. */
const starts = (hex: string): RegExp => new RegExp(`^${escaped(hex)}`)
const has = (hex: string): RegExp => new RegExp(escaped(hex))
const escaped = (hex: string): string => hex.replaceAll(' ', '').replaceAll(/../g, '\\x$&')
const WEB = [80, 81, 88, 443, 8000, 8080, 8443, 9200]
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`

export const marks: readonly Mark[] = [
  {
    whose: 'Conpot S7',
    ports: [102],
    send: bytes('0300001611e00000000400c1020100c2020102c0010a'),
    forbidden: starts('0300001 30ed00000000000c1020000c2020000'),
  },
  { whose: 'snap7 server', ports: [102], forbidden: /6ES7 315-2EH14-0AB0/ },
  { whose: 'GasPot', ports: [10_001], send: '\x01I21400\n', forbidden: /^9999FF1B/ },
  {
    whose: 'Dionaea SMB',
    ports: [445],
    send: SMB1_NEGOTIATE.toString('latin1'),
    forbidden: has('6538547e6c42'),
  },
  {
    whose: 'a Redis that does not wait for the end of a line (QUIT)',
    ports: [6379],
    protocols: ['redis'],
    send: 'QUIT',
    forbidden: /./,
  },
  {
    whose: 'OpenCanary Redis',
    ports: [6379],
    protocols: ['redis'],
    send: '[[,[[',
    forbidden: /./,
  },
  {
    whose: 'Mailoney',
    ports: [25, 465, 587],
    send: 'HELP\r\n',
    forbidden: /502 Error: command "HELP" not implemented/,
  },
  {
    whose: 'Dionaea FTP',
    ports: [21],
    send: 'PASS \r\n',
    forbidden: /500 Syntax error: PASS requires an argument|220 Welcome to the ftp service\r\n/,
  },
  {
    whose: 'Dionaea MQTT',
    ports: [1883],
    // CONNECT with a protocol name that does not exist.
    send: bytes('10 0c 0004 58585858 04 02 003c 0000'),
    forbidden: starts('20020000'),
  },
  {
    whose: 'ADBHoney',
    ports: [5555],
    send: bytes('434e584e 00000001 00100000 07000000 32020000 bcb1a7b1 686f73743a3a00'),
    forbidden: /SM-G960F/,
  },
  {
    whose: 'Elasticpot',
    ports: [9200],
    send: get('/nothing-there'),
    forbidden: /"index_not_found_exception".*elk|Elasticpot/i,
  },
  { whose: 'Dionaea and MysqlPot MySQL', ports: [3306], forbidden: /aaaaaaaa|BBBBBBBBBBBB/ },
  {
    whose: 'Sticky Elephant and pghoney',
    ports: [5432],
    send: POSTGRES_STARTUP.toString('latin1'),
    forbidden: has('4b 0000000c 0000029a'),
  },
  {
    whose: 'Dionaea HTTP',
    ports: WEB,
    protocols: ['http'],
    send: 'OPTIONS / HTTP/1.0\r\n\r\n',
    forbidden: /Allow: OPTIONS, GET, HEAD, POST\r\nContent-Length: 0\r\nConnection: close/i,
  },
  { whose: 'T-Pot', ports: WEB, protocols: ['http'], send: get('/'), forbidden: /T-Pot/i },
  {
    whose: 'a constant session of Confluence',
    ports: WEB,
    protocols: ['http'],
    send: get('/'),
    forbidden: /145DF9C4CDE560B2699212/,
  },
  {
    whose: 'Cowrie telnet',
    ports: [23, 2323],
    protocols: ['telnet'],
    // IAC DO NAWS and no other negotiation behind it.
    forbidden: new RegExp(`${starts('fffd1f').source}(?!\\xff)`),
  },
  { whose: 'Twisted SSH', ports: [22, 2222], protocols: ['ssh'], forbidden: /^SSH-2\.0-Twisted/ },
  {
    whose: 'Cowrie SSH',
    ports: [22, 2222],
    protocols: ['ssh'],
    send: 'SSH-1111-OpenSSH_9.0\r\n',
    forbidden: /bad version 1111|Protocol major versions differ/,
  },
  {
    whose: 'Dionaea SIP',
    ports: [5060],
    send: 'REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:a@a>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n',
    forbidden: /foobar123/,
  },
]

export const negativeDetector: Detector = {
  name: 'nothing that known honeypots say',
  async run({ talker, address, data, ports }) {
    const tried = marks.flatMap((mark) =>
      ports
        .filter(
          (port) =>
            mark.ports.includes(port) ||
            mark.protocols?.includes(data.ports[port]?.protocol ?? '') === true,
        )
        .map((port) => ({ mark, port })),
    )
    const wrong = await Promise.all(
      tried.map(async ({ mark, port }) => {
        const steps: Step[] = [
          { waitMs: GREETING_MS },
          ...(mark.send === undefined ? [] : [{ send: mark.send, waitMs: ANSWER_MS }]),
        ]
        const { answers } = await talker.talk(address, port, steps)
        const said = Buffer.concat(answers).toString('latin1')
        return mark.forbidden.test(said)
          ? [`${port}: ${mark.whose}: ${JSON.stringify(said.slice(0, SHOWN))}`]
          : []
      }),
    )
    return tried.length === 0
      ? skipped('no protocol that a mark is known of')
      : faults(wrong.flat(), `${tried.length} probes`)
  },
}
