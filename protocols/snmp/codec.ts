/** SNMP messages: RFC 1157, RFC 1901 and 3416, and so much of RFC 3412 and 3414 as says who asks. */
import { BerReader, behindInteger, element, INTEGER, OCTETS, SEQUENCE } from '../ber.ts'

export const V1 = 0
export const V2C = 1
const V3 = 3
export const GET = 0xa0
export const GET_NEXT = 0xa1
const RESPONSE = 0xa2
export const SET = 0xa3
export const GET_BULK = 0xa5
const MAX_VARBINDS = 128

/** RFC 3416 3: error-status. */
export const TOO_BIG = 1
export const NO_SUCH_NAME = 2
export const NOT_WRITABLE = 17

export type Varbind = {
  /** Arcs of the name. */
  readonly name: readonly number[]
  /** The value's element as it came. */
  readonly value: Uint8Array
}

export type Message =
  | {
      readonly version: typeof V1 | typeof V2C
      /** The community string, as bytes. */
      readonly community: Buffer
      readonly pdu: number
      /** Contents of the INTEGER, as they came. Undefined in a v1 trap, which has none. */
      readonly requestId: Buffer | undefined
      readonly varbinds: readonly Varbind[]
    }
  | { readonly version: typeof V3; readonly user: string }

/** A message of a known version; what follows is a community, or v3's global data. */
export function recognise(datagram: Uint8Array): boolean {
  const at = behindInteger(datagram)
  // The version is in one byte.
  if (at === 0 || datagram[at - 2] !== 1) return false
  const version = datagram[at - 1]
  if (version === V3) return datagram[at] === SEQUENCE
  return (version === V1 || version === V2C) && datagram[at] === OCTETS
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Message {
  const message = new BerReader(datagram).inside(SEQUENCE)
  const version = message.integer()
  if (version === V3) {
    message.contents(SEQUENCE)
    const parameters = new BerReader(message.contents(OCTETS)).inside(SEQUENCE)
    parameters.contents(OCTETS)
    parameters.contents(INTEGER)
    parameters.contents(INTEGER)
    return { version: V3, user: parameters.text() }
  }
  const community = message.contents(OCTETS)
  const pdu = message.tag ?? 0
  const known = version === V1 ? V1 : V2C
  if (pdu < GET || pdu > 0xa8 || pdu === 0xa4)
    return { version: known, community, pdu, requestId: undefined, varbinds: [] }
  const body = message.inside(pdu)
  const requestId = body.contents(INTEGER)
  body.contents(INTEGER)
  body.contents(INTEGER)
  const list = body.inside(SEQUENCE)
  const varbinds: Varbind[] = []
  while (list.left > 0 && varbinds.length < MAX_VARBINDS) {
    const bind = list.inside(SEQUENCE)
    const name = bind.oid()
    const tag = bind.tag ?? 0
    varbinds.push({ name, value: element(tag, bind.contents(tag)) })
  }
  return { version: known, community, pdu, requestId, varbinds }
}

/** A response; `index`: of the varbind at fault, from 1. */
export function encode(
  version: number,
  community: Uint8Array,
  requestId: Uint8Array,
  status: number,
  index: number,
  varbinds: readonly Uint8Array[],
): Buffer {
  return element(
    SEQUENCE,
    integer(version),
    element(OCTETS, community),
    element(
      RESPONSE,
      element(INTEGER, requestId),
      integer(status),
      integer(index),
      element(SEQUENCE, ...varbinds),
    ),
  )
}

/** Below 256, as the fields of a response are: above 127 a sign needs its own byte. */
const integer = (value: number): Buffer =>
  element(INTEGER, Buffer.from(value > 0x7f ? [0, value] : [value]))
