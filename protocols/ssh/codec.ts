/** What a client says before anything is encrypted: its identification line and its key exchange proposal (RFC 4253). */
import { createHash } from 'node:crypto'
import { Cursor } from '../bytes.ts'
import { Malformed } from '../reader.ts'

/** OpenSSH's own limit for an identification line. */
export const MAX_IDENT_BYTES = 8192
/** RFC 4253, 6.1: a packet that every implementation must take. */
export const MAX_PACKET_BYTES = 35_000
const MSG_KEXINIT = 20
const COOKIE_BYTES = 16
const LF = 10
const CR = 13
const PREFIX = 'SSH-'

/** The line a client introduces itself with; undefined: it is not whole yet. */
export type Identification = {
  /** What OpenSSH's kex_exchange_identification makes of it. */
  readonly verdict: 'fine' | 'invalid' | 'mismatch'
  /** Without the line end, latin1. */
  readonly ident: string
  /** Bytes of the line with its end. */
  readonly length: number
}

/** RFC 4253, 4.2. */
export function identification(head: Uint8Array): Identification | undefined {
  const lineEnd = head.indexOf(LF)
  const end = Math.min(lineEnd < 0 ? head.length : lineEnd, MAX_IDENT_BYTES + 1)
  const carriageReturn = head.indexOf(CR)
  const length = carriageReturn >= 0 && carriageReturn < end ? carriageReturn : end
  const ident = Buffer.from(head.subarray(0, length)).toString('latin1')
  // A line end of CR LF or LF, and no NUL.
  const broken = length < end - 1 || head.subarray(0, end).includes(0) || end > MAX_IDENT_BYTES
  if (lineEnd < 0 && !broken) return undefined
  const version = broken ? null : /^SSH-(\d{1,9})\.(\d{1,9})-[^ ]/.exec(ident)
  if (version === null) return { verdict: 'invalid', ident, length: end }
  const [, major, minor] = version
  const spoken = major === '2' || (major === '1' && minor === '99')
  return { verdict: spoken ? 'fine' : 'mismatch', ident, length: lineEnd + 1 }
}

export type Proposal = {
  readonly kex: string
  readonly hostKey: string
  readonly encryption: string
  readonly mac: string
  readonly compression: string
}
export type ClientHello = {
  readonly ident: string
  /** Client to server. Undefined when the first packet was something else. */
  readonly proposal: Proposal | undefined
  /** https://github.com/salesforce/hassh: md5 of `kex;encryption;mac;compression`. */
  readonly hassh: string | undefined
}

/** All a client says by itself; undefined while there may be more to come. */
export function clientHello(bytes: Buffer): ClientHello | undefined {
  const line = identification(bytes)
  if (line?.verdict !== 'fine') return undefined
  const packet = bytes.subarray(line.length)
  if (packet.length < 4) return undefined
  const length = packet.readUInt32BE(0)
  if (length <= MAX_PACKET_BYTES && packet.length < 4 + length) return undefined
  const proposal = length > MAX_PACKET_BYTES ? undefined : kexInit(packet.subarray(4, 4 + length))
  const hassh = proposal === undefined ? undefined : fingerprint(proposal)
  return { ident: line.ident, proposal, hassh }
}

/** RFC 4253, 7.1. */
function kexInit(packet: Buffer): Proposal | undefined {
  try {
    const fields = new Cursor(packet)
    fields.skip(1) // padding_length
    if (fields.u8() !== MSG_KEXINIT) return undefined
    fields.skip(COOKIE_BYTES)
    const list = (): string => fields.take(fields.u32be()).toString('latin1')
    const [kex, hostKey, encryption] = [list(), list(), list()]
    list() // encryption, server to client
    const mac = list()
    list()
    return { kex, hostKey, encryption, mac, compression: list() }
  } catch (fault) {
    if (fault instanceof Malformed) return undefined
    throw fault
  }
}

function fingerprint({ kex, encryption, mac, compression }: Proposal): string {
  return createHash('md5')
    .update(`${kex};${encryption};${mac};${compression}`, 'latin1')
    .digest('hex')
}

/** Does the client speak SSH? It says so in its first four bytes. */
export function detect(head: Uint8Array): 'yes' | 'no' | 'more' {
  for (let i = 0; i < PREFIX.length; i++) {
    if (i === head.length) return 'more'
    if (head[i] !== PREFIX.charCodeAt(i)) return 'no'
  }
  return 'yes'
}
