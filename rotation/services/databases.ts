/** What database servers say first until the protocols have folders of their own. Plain data for `dialogue`. */
import { Buffer } from 'node:buffer'
import type { PersonaData } from '../data.ts'

type Port = PersonaData['ports'][string]

const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
/** Little-endian, `bytes` long. */
const number = (value: number, bytes: number): string => {
  const out = Buffer.alloc(bytes)
  out.writeUIntLE(value, 0, bytes)
  return out.toString('hex')
}

type MySql = {
  /** As `SELECT VERSION()` shows it. */
  readonly version: string
  /** CLIENT_* flags that the server knows, 32 bits; without CLIENT_SSL, as it has no certificate. */
  readonly capabilities: number
  readonly collation: number
  readonly plugin: string
  /** MariaDB's own flags, in what MySQL leaves 0. */
  readonly mariaDb?: number
  readonly source: string
}

const SCRAMBLE_BYTES = 20
const AUTOCOMMIT = 2
const ER_HANDSHAKE_ERROR = 1043

/** MySQL's client/server protocol: HandshakeV10 with a scramble that is never the same twice; then ERR. */
export function mysql({
  version,
  capabilities,
  collation,
  plugin,
  mariaDb = 0,
  source,
}: MySql): Port {
  const rest =
    number(AUTOCOMMIT, 2) +
    number(capabilities >>> 16, 2) +
    number(SCRAMBLE_BYTES + 1, 1) +
    '00'.repeat(6) +
    number(mariaDb, 4)
  const head = `0a${ascii(version)}00`
  const middle = `00${number(capabilities & 0xffff, 2)}${number(collation, 1)}${rest}`
  const tail = `00${ascii(plugin)}00`
  const length = (head.length + middle.length + tail.length) / 2 + 4 + SCRAMBLE_BYTES
  const fault = `ff${number(ER_HANDSHAKE_ERROR, 2)}${ascii('#08S01Bad handshake')}`
  return {
    protocol: 'dialogue',
    settings: {
      greeting: [
        { hex: `${number(length, 3)}00${head}` },
        // The connection's number: low 16 bits.
        { random: 2 },
        { hex: '0000' },
        { random: 8 },
        { hex: middle },
        { random: SCRAMBLE_BYTES - 8 },
        { hex: tail },
      ],
      otherwise: { hex: `${number(fault.length / 2, 3)}02${fault}` },
      closeOtherwise: true,
    },
    source: `${source}; MySQL internals documentation, "Protocol::HandshakeV10" and "ERR_Packet"`,
  }
}

/** The listener's manager asks `(CONNECT_DATA=(COMMAND=…))` behind 58 bytes of header: the length tells what. */
const ASKED_LENGTHS = { version: '005a', status: '0059', ping: '0057' } as const
const NOT_AUTHENTICATED = 1189
const NO_SUCH_SID = 12505

/** Oracle's TNS listener: every CONNECT is refused, commands of its manager because they come from afar. `vsnnum`: the release, as 0x0c100200 for 12.1.0.2.0. */
export function tnsListener(vsnnum: number, source: string): Port {
  const refuse = (code: number, detail = `(ERROR_STACK=(ERROR=(CODE=${code})(EMFI=4)))`) => {
    const data = `(DESCRIPTION=(TMP=)(VSNNUM=${vsnnum})(ERR=${code})${detail})`
    const big = (value: number): string => value.toString(16).padStart(4, '0')
    return {
      hex: `${big(data.length + 12)}0000040000002200${big(data.length)}${ascii(data)}`,
    }
  }
  return {
    protocol: 'dialogue',
    settings: {
      rules: [
        ...[
          [ASKED_LENGTHS.version, refuse(NOT_AUTHENTICATED)] as const,
          [ASKED_LENGTHS.status, refuse(NOT_AUTHENTICATED)] as const,
          [ASKED_LENGTHS.ping, refuse(0, '(ALIAS=LISTENER)')] as const,
        ].map(([length, say]) => ({ starts: { hex: `${length}00000100` }, say, close: true })),
        { starts: { hex: '00' }, say: refuse(NO_SUCH_SID), close: true },
      ],
      closeOtherwise: true,
    },
    source: `${source}; Oracle Database Error Messages: TNS-01189, TNS-12505`,
  }
}
