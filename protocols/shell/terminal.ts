/** The line discipline: typed bytes → lines, with their echo. Text is latin1, one character a byte. */

/** Characters of a line; what is typed beyond them is lost, as in a real terminal. */
export const MAX_LINE_CHARACTERS = 8192
/** Bytes typed ahead. */
const MAX_PENDING_BYTES = 64 * 1024

const CTRL_C = 0x03
const CTRL_D = 0x04
const BACKSPACE = 0x08
const LF = 0x0a
const CR = 0x0d
const CTRL_U = 0x15
const ESC = 0x1b
const DEL = 0x7f

export type Echo = 'echo' | 'hidden'

export interface Wire {
  /** Data bytes; undefined when the visitor has left. */
  read(): Promise<Uint8Array | undefined>
  write(text: string): Promise<void>
}

export class Terminal {
  readonly #wire: Wire
  readonly #cooked: boolean
  #pending: Uint8Array = new Uint8Array(0)
  #afterCr = false

  /** `cooked` false: no terminal at all, bytes pass as they are and nothing is echoed. */
  constructor(wire: Wire, cooked = true) {
    this.#wire = wire
    this.#cooked = cooked
  }

  /** Lines of `text` end with \n; the terminal sends \r\n (ONLCR). */
  async write(text: string): Promise<void> {
    if (text !== '') await this.#wire.write(this.#cooked ? text.replaceAll('\n', '\r\n') : text)
  }

  /** The next line without its end, or undefined when the visitor has left (or typed Ctrl-D on an empty line). */
  async line(mode: Echo): Promise<string | undefined> {
    let line = ''
    for (;;) {
      let echo = ''
      for (let at = 0; at < this.#pending.length; at++) {
        const byte = this.#pending[at] as number
        // RFC 854: CR LF and CR NUL are one line end.
        const rest = this.#afterCr && (byte === LF || byte === 0)
        this.#afterCr = byte === CR
        if (rest) continue
        if (byte === CTRL_D && line === '') {
          this.#pending = new Uint8Array(0)
          return undefined
        }
        if (byte === CR || byte === LF || byte === CTRL_C) {
          this.#pending = this.#pending.subarray(at + 1)
          await this.#echo(`${echo}${byte === CTRL_C ? '^C' : ''}\r\n`)
          return byte === CTRL_C ? '' : line
        }
        if (byte === BACKSPACE || byte === DEL) {
          if (line !== '' && mode === 'echo') echo += '\b \b'
          line = line.slice(0, -1)
        } else if (byte === CTRL_U) {
          if (mode === 'echo') echo += '\b \b'.repeat(line.length)
          line = ''
        } else if ((byte >= 0x20 || byte === 0x09) && line.length < MAX_LINE_CHARACTERS) {
          line += String.fromCharCode(byte)
          if (mode === 'echo') echo += String.fromCharCode(byte)
        } else if (byte === ESC && mode === 'echo') echo += '^['
      }
      await this.#echo(echo)
      const bytes = await this.#wire.read()
      if (bytes === undefined) {
        this.#pending = new Uint8Array(0)
        return undefined
      }
      this.#pending = bytes.subarray(0, MAX_PENDING_BYTES)
    }
  }

  async #echo(text: string): Promise<void> {
    if (this.#cooked && text !== '') await this.#wire.write(text)
  }
}
