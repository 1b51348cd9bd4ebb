/**
 * What a logged-in client asks.
 * MS-TDS: [MS-TDS] 2.2.6.7 (SQLBatch), 2.2.6.6 (RPC), 2.2.5.3 (ALL_HEADERS).
 */
import { Cursor } from '../bytes.ts'
import { Malformed } from '../reader.ts'

/** What is kept of one command, characters. */
const MAX_CHARS = 4096
const NVARCHAR = 0xe7
const PARTIALLY_LENGTH_PREFIXED = 0xffff

/** MS-TDS 2.2.6.6, ProcID. */
const PROCEDURES: readonly string[] = [
  '',
  'sp_cursor',
  'sp_cursoropen',
  'sp_cursorprepare',
  'sp_cursorexecute',
  'sp_cursorprepexec',
  'sp_cursorunprepare',
  'sp_cursorfetch',
  'sp_cursoroption',
  'sp_cursorclose',
  'sp_executesql',
  'sp_prepare',
  'sp_execute',
  'sp_prepexec',
  'sp_prepexecrpc',
  'sp_unprepare',
]

export const decodeBatch = (data: Buffer, tds: number): string => {
  const cursor = afterHeaders(data, tds)
  return string(cursor.take(cursor.left), tds)
}

export type Call = { readonly name: string; readonly argument: string | undefined }

/** The procedure's name and its first argument, when that is a text. */
export function decodeCall(data: Buffer, tds: number): Call {
  const cursor = afterHeaders(data, tds)
  if (tds < 7) return { name: cursor.take(cursor.u8()).toString('latin1'), argument: undefined }
  const length = cursor.u16le()
  const name =
    length === 0xffff
      ? (PROCEDURES[cursor.u16le()] ?? 'unknown')
      : string(cursor.take(2 * length), tds)
  cursor.skip(2)
  return { name, argument: cursor.left === 0 ? undefined : firstText(cursor, tds) }
}

function firstText(cursor: Cursor, tds: number): string | undefined {
  cursor.skip(2 * cursor.u8()).skip(1)
  if (cursor.u8() !== NVARCHAR) return undefined
  if (cursor.u16le() === PARTIALLY_LENGTH_PREFIXED) return undefined
  if (tds >= 7.1) cursor.skip(5)
  const length = cursor.u16le()
  return length === 0xffff ? undefined : string(cursor.take(length), tds)
}

/** From 7.2 on a request begins with headers, their total length first. */
function afterHeaders(data: Buffer, tds: number): Cursor {
  const cursor = new Cursor(data)
  if (tds < 7.2) return cursor
  const total = cursor.u32le()
  if (total < 4) throw new Malformed('request headers')
  return cursor.skip(total - 4)
}

const string = (bytes: Buffer, tds: number): string =>
  tds >= 7 ? bytes.toString('utf16le', 0, 2 * MAX_CHARS) : bytes.toString('latin1', 0, MAX_CHARS)
