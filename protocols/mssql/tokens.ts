/**
 * The tokens a server answers with, in the dialect of the session.
 * MS-TDS: [MS-TDS] 2.2.7; TDS 4.2 has the same tokens with one byte a character.
 */
import { Writer } from '../bytes.ts'

const TOKEN = {
  columns: 0x81,
  returnStatus: 0x79,
  error: 0xaa,
  info: 0xab,
  loginAck: 0xad,
  row: 0xd1,
  environment: 0xe3,
  done: 0xfd,
  doneProcedure: 0xfe,
} as const

/** MS-TDS 2.2.7.6: DONE's status. */
export const DONE = { final: 0x00, error: 0x02, count: 0x10, attention: 0x20 } as const
const SELECT = 0xc1
const NVARCHAR = 0xe7
/** Latin1_General_CI_AS: LCID 1033, case-insensitive, sort id 52 (MS-TDS 2.2.5.1.2). */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34])

export type Message = {
  readonly number: number
  readonly state: number
  readonly severity: number
  readonly text: string
  readonly line?: number
}

/** `tds` as a number: 4.2, 5.0, 7.0 … 7.4; `hostname` is the server's name in messages. */
export class Tokens {
  readonly #writer = new Writer()
  readonly #tds: number
  readonly #hostname: string

  constructor(tds: number, hostname: string) {
    this.#tds = tds
    this.#hostname = hostname
  }

  error = (message: Message): this => this.#message(TOKEN.error, message)
  info = (message: Message): this => this.#message(TOKEN.info, message)

  #message(token: number, { number, state, severity, text, line = 1 }: Message): this {
    const body = new Writer().u32le(number).u8(state, severity)
    body.u16le(text.length).bytes(this.#text(text))
    this.#short(body, this.#hostname)
    this.#short(body, '')
    if (this.#tds >= 7.2) body.u32le(line)
    else body.u16le(line)
    return this.#sized(token, body.end())
  }

  done(status: number, command = 0, rows = 0): this {
    return this.#done(TOKEN.done, status, command, rows)
  }

  /** A procedure ended: its return status and DONEPROC. */
  procedure(status: number, value = 0): this {
    this.#writer.u8(TOKEN.returnStatus).u32le(value)
    return this.#done(TOKEN.doneProcedure, status, 0, 0)
  }

  #done(token: number, status: number, command: number, rows: number): this {
    this.#writer.u8(token).u16le(status).u16le(command).u32le(rows)
    if (this.#tds >= 7.2) this.#writer.u32le(0)
    return this
  }

  /** ENVCHANGE of a text: 1 database, 2 language, 4 packet size. */
  environment(type: number, value: string, old: string): this {
    const body = new Writer().u8(type)
    this.#short(body, value)
    this.#short(body, old)
    return this.#sized(TOKEN.environment, body.end())
  }

  collation(): this {
    if (this.#tds < 7.1) return this
    const body = new Writer().u8(7, COLLATION.length).bytes(COLLATION).u8(0)
    return this.#sized(TOKEN.environment, body.end())
  }

  /** MS-TDS 2.2.7.14: the version is big-endian here; the program's name ends with two NULs since 7.0. */
  loginAck([major, minor, build]: readonly [number, number, number, number]): this {
    const name = this.#tds >= 7 ? 'Microsoft SQL Server\0\0' : 'Microsoft SQL Server'
    const body = new Writer().u8(1).bytes(VERSIONS.get(this.#tds) ?? Buffer.from([4, 2, 0, 0]))
    this.#short(body, name)
    body.u8(major, minor).u16be(build)
    return this.#sized(TOKEN.loginAck, body.end())
  }

  /** One row of one unnamed nvarchar column; older dialects than 7.1 get no rows. */
  value(text: string): this {
    if (this.#tds < 7.1) return this.done(DONE.final, SELECT)
    const writer = this.#writer.u8(TOKEN.columns).u16le(1)
    if (this.#tds >= 7.2) writer.u32le(0)
    else writer.u16le(0)
    const bytes = this.#text(text)
    writer.u16le(0x0009).u8(NVARCHAR).u16le(bytes.length).bytes(COLLATION).u8(0)
    writer.u8(TOKEN.row).u16le(bytes.length).bytes(bytes)
    return this.done(DONE.count, SELECT, 1)
  }

  end = (): Buffer => this.#writer.end()

  #text = (text: string): Buffer => Buffer.from(text, this.#tds >= 7 ? 'utf16le' : 'latin1')

  #short(writer: Writer, text: string): void {
    writer.u8(text.length).bytes(this.#text(text))
  }

  #sized(token: number, body: Buffer): this {
    this.#writer.u8(token).u16le(body.length).bytes(body)
    return this
  }
}

const VERSIONS: ReadonlyMap<number, Buffer> = new Map([
  [7.0, Buffer.from([0x70, 0, 0, 0])],
  [7.1, Buffer.from([0x71, 0, 0, 1])],
  [7.2, Buffer.from([0x72, 9, 0, 2])],
  [7.3, Buffer.from([0x73, 0x0b, 0, 3])],
  [7.4, Buffer.from([0x74, 0, 0, 4])],
])
