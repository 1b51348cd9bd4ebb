/**
 * The two login records.
 * MS-TDS:   [MS-TDS] 2.2.6.4, LOGIN7: TDS 7.0 to 7.4, UCS-2, the password obfuscated.
 * MS-SSTDS: [MS-SSTDS] 2.2.6.3, LOGIN: TDS 4.2 (and Sybase's 5.0), fixed fields, all in the clear.
 */
import { Cursor } from '../bytes.ts'
import { Malformed } from '../reader.ts'
import { text } from './codec.ts'

/** Names and passwords have at most 128 characters (MS-TDS 2.2.6.4); what is longer is cut. */
const MAX_CHARS = 128

export type Login = {
  /** 4.2, 5.0, 7.0 … 7.4 */
  readonly tds: string
  readonly user: string
  readonly password: string
  /** Windows authentication instead of a password. */
  readonly sspi: boolean
  /** What else is told; empty fields are left out. */
  readonly fields: Readonly<Record<string, string>>
}

/** Where the fixed part of LOGIN7 ends in TDS 7.0 and 7.1; 7.2 added the new password and a long SSPI length. */
const FIXED_70 = 86
const FIXED_72 = 94

export function decodeLogin7(data: Buffer): Login {
  const cursor = new Cursor(data)
  const length = cursor.u32le()
  if (length > data.length || length < FIXED_70) throw new Malformed('LOGIN7 length')
  const version = cursor.u32le()
  cursor.skip(4)
  const program = cursor.u32le()
  const pid = cursor.u32le()
  cursor.skip(4 + 4 + 4 + 4)
  const start = data.readUInt16LE(36)
  const name = (): string => ucs2(field(data, cursor, 2))
  const host = name()
  const user = name()
  const password = field(data, cursor, 2)
  const application = name()
  const server = name()
  cursor.skip(4)
  const library = name()
  const language = name()
  const database = name()
  const client = cursor.take(6).toString('hex')
  const sspi = field(data, cursor, 1)
  const file = name()
  const change = start >= FIXED_72 ? field(data, cursor, 2) : undefined
  return {
    tds: `7.${(version >>> 24) & 0x0f}`,
    user,
    password: ucs2(clear(password)),
    sspi: sspi.length > 0,
    fields: told({
      tds: `7.${(version >>> 24) & 0x0f}`,
      host,
      application,
      server,
      library,
      language,
      database,
      file,
      newPassword: change === undefined ? '' : ucs2(clear(change)),
      pid: pid === 0 ? '' : String(pid),
      libraryVersion: `${(program >>> 24) & 0xff}.${(program >>> 16) & 0xff}.${program & 0xffff}`,
      clientId: client,
    }),
  }
}

/** Offset and length, in characters of `width` bytes; an empty one may point anywhere. */
function field(data: Buffer, cursor: Cursor, width: 1 | 2): Buffer {
  const at = cursor.u16le()
  const length = cursor.u16le() * width
  return length === 0 ? Buffer.alloc(0) : new Cursor(data).skip(at).take(length)
}

const ucs2 = (bytes: Buffer): string => bytes.toString('utf16le', 0, 2 * MAX_CHARS)

/** Every byte: XOR 0xA5, then the nibbles swap places. */
function clear(bytes: Buffer): Buffer {
  const plain = Buffer.from(bytes)
  for (const [i, byte] of bytes.entries()) {
    const mixed = byte ^ 0xa5
    plain[i] = ((mixed << 4) | (mixed >>> 4)) & 0xff
  }
  return plain
}

/** [where, width]; the byte behind a field says how much of it is used. */
const LOGIN = {
  host: [0, 30],
  user: [31, 30],
  password: [62, 30],
  process: [93, 30],
  application: [140, 30],
  server: [171, 30],
  library: [462, 10],
  language: [480, 30],
} as const
const PROCESS_BYTES = 8
const VERSION_AT = 458
const LOGIN_BYTES = 572
/** As far as the password goes: enough to be worth telling when the rest never came. */
export const LOGIN_LEAST_BYTES = 93

export function decodeLogin(data: Buffer): Login {
  if (data.length < LOGIN_LEAST_BYTES) throw new Malformed('login record too short')
  // A visitor who left half-way has said the rest with zeros.
  const record = Buffer.alloc(LOGIN_BYTES)
  data.copy(record)
  const name = ([at, width]: readonly [number, number]): string => {
    const used = record.readUInt8(at + width)
    if (used > width) throw new Malformed('login field length')
    return record.toString('latin1', at, at + used)
  }
  const tds = record.readUInt8(VERSION_AT) === 5 ? '5.0' : '4.2'
  const [process] = LOGIN.process
  return {
    tds,
    user: name(LOGIN.user),
    password: name(LOGIN.password),
    sspi: false,
    fields: told({
      tds,
      host: name(LOGIN.host),
      application: name(LOGIN.application),
      server: name(LOGIN.server),
      library: name(LOGIN.library),
      language: name(LOGIN.language),
      pid: text(record.subarray(process, process + PROCESS_BYTES)),
    }),
  }
}

const told = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
