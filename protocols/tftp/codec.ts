/** TFTP requests (RFC 1350 5). */
import { Cursor, Writer } from '../bytes.ts'
import { Malformed } from '../reader.ts'

export const READ = 1
export const WRITE = 2
const ERROR = 5
const MAX_NAME_BYTES = 512
const MODES = ['netascii', 'octet', 'mail'].map((mode) => Buffer.from(mode))

export type Request = { readonly opcode: number; readonly file: string; readonly mode: string }

export function recognise(datagram: Uint8Array): boolean {
  const opcode = datagram[1]
  if (datagram[0] !== 0 || (opcode !== READ && opcode !== WRITE)) return false
  const end = datagram.indexOf(0, 2)
  return (
    end > 2 && end - 2 <= MAX_NAME_BYTES && MODES.some((mode) => hasMode(datagram, end + 1, mode))
  )
}

/** RFC 1350 5: any case. */
function hasMode(datagram: Uint8Array, at: number, mode: Uint8Array): boolean {
  for (let i = 0; i < mode.length; i++)
    if (((datagram[at + i] ?? 0) | 0x20) !== mode[i]) return false
  return datagram[at + mode.length] === 0
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Request {
  const opcode = new Cursor(datagram).u16be()
  if (opcode !== READ && opcode !== WRITE) throw new Malformed('no request')
  const nameEnd = datagram.indexOf(0, 2)
  const modeEnd = datagram.indexOf(0, nameEnd + 1)
  if (nameEnd < 0 || modeEnd < 0 || nameEnd - 2 > MAX_NAME_BYTES) throw new Malformed('no end')
  const mode = datagram.subarray(nameEnd + 1, modeEnd)
  if (!MODES.some((known) => hasMode(datagram, nameEnd + 1, known))) throw new Malformed('bad mode')
  return { opcode, file: datagram.toString('latin1', 2, nameEnd), mode: mode.toString('latin1') }
}

export const encodeError = (code: number, message: string): Buffer =>
  new Writer().u16be(ERROR).u16be(code).text(message).u8(0).end()
