/** NetBIOS name service (RFC 1002 4.2): questions about names, and the short answers to them. */
import { Cursor, Writer } from '../bytes.ts'
import { Malformed } from '../reader.ts'

export const NAME_QUERY = 0
export const NB = 0x20
export const NBSTAT = 0x21
const NULL = 0x0a
const IN = 1
const HEADER_BYTES = 12
/** Half a byte to a letter from A (RFC 1001 14.1). */
const NAME_LETTERS = 32
const NAME_CHARACTERS = 15
/** Header, name with length and end, type, class. */
const LEAST_BYTES = HEADER_BYTES + 1 + NAME_LETTERS + 1 + 4
const MAX_SCOPE_LABELS = 8
const LETTER_A = 0x41
const LETTER_P = 0x50
const ANSWER = 0x8000
const AUTHORITATIVE = 0x0400
const RECURSION = 0x0180
const NAM_ERR = 3

export type Question = {
  readonly id: number
  readonly opcode: number
  /** Without its padding, and its 16th byte. */
  readonly name: string
  readonly suffix: number
  readonly type: number
  /** The whole name as it came, with its scope. */
  readonly asked: Buffer
}

/** One question about an encoded name; never an answer. */
export function recognise(datagram: Uint8Array): boolean {
  if (datagram.length < LEAST_BYTES || (datagram[2] ?? 0) >= 0x80) return false
  if (datagram[4] !== 0 || datagram[5] !== 1 || datagram[HEADER_BYTES] !== NAME_LETTERS)
    return false
  for (let i = 1; i <= NAME_LETTERS; i++) {
    const byte = datagram[HEADER_BYTES + i] ?? 0
    if (byte < LETTER_A || byte > LETTER_P) return false
  }
  return true
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Question {
  if (!recognise(datagram)) throw new Malformed('no question')
  const cursor = new Cursor(datagram)
  const id = cursor.u16be()
  const opcode = (cursor.u16be() >> 11) & 0x0f
  const letters = cursor.skip(9).take(NAME_LETTERS)
  for (let labels = 0, length = cursor.u8(); length !== 0; length = cursor.u8()) {
    if (length > 63 || ++labels > MAX_SCOPE_LABELS) throw new Malformed('bad scope')
    cursor.skip(length)
  }
  const asked = datagram.subarray(HEADER_BYTES, cursor.at)
  const type = cursor.u16be()
  if (type !== NB && type !== NBSTAT) throw new Malformed('bad type')
  if (cursor.u16be() !== IN) throw new Malformed('bad class')
  const plain = Buffer.alloc(NAME_LETTERS / 2)
  for (let i = 0; i < plain.length; i++)
    plain[i] =
      ((letters.readUInt8(2 * i) - LETTER_A) << 4) | (letters.readUInt8(2 * i + 1) - LETTER_A)
  const padded = plain.toString('latin1', 0, NAME_CHARACTERS)
  return {
    id,
    opcode,
    name: trimmed(padded),
    suffix: plain.readUInt8(NAME_CHARACTERS),
    type,
    asked,
  }
}

/** Padding is spaces; of the name `*` it is zeros. */
function trimmed(padded: string): string {
  let end = padded.length
  while (end > 0 && (padded[end - 1] === ' ' || padded[end - 1] === '\0')) end--
  return padded.slice(0, end)
}

/** 4.2.13: a name of ours is at `address` (4 bytes), a unique name of a broadcast node. `ttl`: seconds. */
export function encodeFound({ id, asked }: Question, address: Uint8Array, ttl: number): Buffer {
  return new Writer()
    .u16be(id)
    .u16be(ANSWER | AUTHORITATIVE | (RECURSION & 0x0100))
    .u16be(0)
    .u16be(1)
    .u32be(0)
    .bytes(asked)
    .u16be(NB)
    .u16be(IN)
    .u32be(ttl)
    .u16be(6)
    .u16be(0)
    .bytes(address)
    .end()
}

/** 4.2.14. */
export function encodeMissing({ id, asked }: Question): Buffer {
  return new Writer()
    .u16be(id)
    .u16be(ANSWER | AUTHORITATIVE | RECURSION | NAM_ERR)
    .u32be(0)
    .u32be(0)
    .bytes(asked)
    .u16be(NULL)
    .u16be(IN)
    .u32be(0)
    .u16be(0)
    .end()
}
