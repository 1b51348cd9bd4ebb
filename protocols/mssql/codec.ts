/**
 * TDS packets and what they carry before login.
 * MS-TDS: [MS-TDS] 2.2.3.1 (packet header), 2.2.6.5 (PRELOGIN).
 */
import { Cursor, Writer } from '../bytes.ts'
import type { Verdict } from '../protocol.ts'
import { Malformed } from '../reader.ts'

export const HEADER_BYTES = 8
/** Largest packet a client may negotiate (MS-TDS 2.2.3.1.3). */
const MAX_PACKET_BYTES = 32767
/** Until a size is negotiated, packets of TDS 7 are this long. */
export const PACKET_BYTES = 4096

/** MS-TDS 2.2.3.1.1, with the login packet of TDS 4.2 and 5.0. */
export const TYPE = {
  batch: 0x01,
  login: 0x02,
  rpc: 0x03,
  reply: 0x04,
  attention: 0x06,
  bulk: 0x07,
  federated: 0x08,
  transaction: 0x0e,
  login7: 0x10,
  sspi: 0x11,
  prelogin: 0x12,
} as const
const KNOWN: ReadonlySet<number> = new Set(Object.values(TYPE))
const END_OF_MESSAGE = 0x01

export type Packet = { readonly type: number; readonly last: boolean; readonly data: Buffer }

export function frame(head: Uint8Array): number | undefined {
  const [type, , high, low] = head
  if (type !== undefined && !KNOWN.has(type)) throw new Malformed(`packet type ${type}`)
  if (high === undefined || low === undefined) return undefined
  const length = high * 256 + low
  if (length < HEADER_BYTES || length > MAX_PACKET_BYTES)
    throw new Malformed(`packet length ${length}`)
  return length
}

export function decode(packet: Buffer): Packet {
  const cursor = new Cursor(packet)
  const type = cursor.u8()
  const last = (cursor.u8() & END_OF_MESSAGE) !== 0
  return { type, last, data: packet.subarray(HEADER_BYTES) }
}

/** One message in as many packets as it needs; `spid` is the server's process id of the session. */
export function encode(type: number, spid: number, data: Buffer, size = PACKET_BYTES): Buffer {
  const room = size - HEADER_BYTES
  const writer = new Writer()
  for (let at = 0, id = 1; at === 0 || at < data.length; at += room, id++) {
    const part = data.subarray(at, at + room)
    const status = at + room >= data.length ? END_OF_MESSAGE : 0
    writer
      .u8(type, status)
      .u16be(part.length + HEADER_BYTES)
      .u16be(spid)
      .u8(id & 0xff, 0)
      .bytes(part)
  }
  return writer.end()
}

/** MS-TDS 2.2.6.5: the option tokens. */
const OPTION = { version: 0, encryption: 1, instance: 2, thread: 3, mars: 4, terminator: 0xff }
const MAX_OPTIONS = 16
const ENCRYPT_NOT_SUP = 2
const ENCRYPTION: readonly string[] = ['off', 'on', 'not supported', 'required']

export type Prelogin = {
  readonly version: string
  readonly encryption: string
  readonly instance: string
  readonly thread: number | undefined
}

export function decodePrelogin(data: Buffer): Prelogin {
  if (data[0] === 0x16) throw new Malformed('TLS without an agreement')
  const cursor = new Cursor(data)
  const options = new Map<number, Cursor>()
  for (let token = cursor.u8(); token !== OPTION.terminator; token = cursor.u8()) {
    if (options.size === MAX_OPTIONS) throw new Malformed('too many prelogin options')
    const at = cursor.u16be()
    const length = cursor.u16be()
    options.set(token, new Cursor(new Cursor(data).skip(at).take(length)))
  }
  const version = options.get(OPTION.version)
  const instance = options.get(OPTION.instance)
  const thread = options.get(OPTION.thread)
  const encryption = options.get(OPTION.encryption)
  return {
    version: version === undefined ? '' : `${version.u8()}.${version.u8()}.${version.u16be()}`,
    encryption: encryption === undefined ? '' : (ENCRYPTION[encryption.u8()] ?? 'other'),
    instance: instance === undefined ? '' : text(instance.take(instance.left)),
    thread: thread === undefined || thread.left < 4 ? undefined : thread.u32be(),
  }
}

/** What the server answers: no encryption, the instance is the right one, no MARS. */
export function encodePrelogin([major, minor, build]: readonly number[]): Buffer {
  const version = new Writer()
    .u8(major ?? 0, minor ?? 0)
    .u16be(build ?? 0)
    .u16be(0)
    .end()
  const options: [number, Buffer][] = [
    [OPTION.version, version],
    [OPTION.encryption, Buffer.from([ENCRYPT_NOT_SUP])],
    [OPTION.instance, Buffer.from([0])],
    [OPTION.thread, Buffer.alloc(0)],
    [OPTION.mars, Buffer.from([0])],
  ]
  const writer = new Writer()
  let at = options.length * 5 + 1
  for (const [token, value] of options) {
    writer.u8(token).u16be(at).u16be(value.length)
    at += value.length
  }
  writer.u8(OPTION.terminator)
  for (const [, value] of options) writer.bytes(value)
  return writer.end()
}

/** Up to the first NUL, latin1. */
export function text(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
}

/** A client's first packet: PRELOGIN, LOGIN7, or the login record of TDS 4.2 and 5.0. */
export function recognise(head: Uint8Array): Verdict {
  const [type, status, high = 0, low = 0] = head
  if (type !== TYPE.prelogin && type !== TYPE.login7 && type !== TYPE.login) return 'no'
  if (status !== undefined && status > END_OF_MESSAGE) return 'no'
  if (head.length < HEADER_BYTES) return 'more'
  const length = high * 256 + low
  if (length > PACKET_BYTES || head[7] !== 0) return 'no'
  return type === TYPE.prelogin
    ? recognisePrelogin(head, length)
    : type === TYPE.login7
      ? recogniseLogin7(head, length)
      : recogniseLogin(head, length)
}

/** The VERSION option comes first (MS-TDS 2.2.6.5) and is 6 bytes long. */
function recognisePrelogin(head: Uint8Array, length: number): Verdict {
  if (length < 20) return 'no'
  for (const [at, value] of [
    [8, 0],
    [9, 0],
    [11, 0],
    [12, 6],
  ] as const) {
    if (at >= head.length) return 'more'
    if (head[at] !== value) return 'no'
  }
  return 'yes'
}

/** TDSVersion is 0x70… to 0x74…, little-endian at byte 4 of the record. */
function recogniseLogin7(head: Uint8Array, length: number): Verdict {
  if (length < 86) return 'no'
  if (head.length < 16) return 'more'
  const version = head[15] ?? 0
  return version >= 0x70 && version <= 0x7f ? 'yes' : 'no'
}

/** Host and user name are fields of 30 bytes with their length behind (MS-SSTDS 2.2.6.3). */
function recogniseLogin(head: Uint8Array, length: number): Verdict {
  if (length < 256) return 'no'
  for (const at of [38, 69, 100]) {
    if (at >= head.length) return 'more'
    if ((head[at] ?? 0) > 30) return 'no'
  }
  return 'yes'
}
