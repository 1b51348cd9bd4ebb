/** NTP (RFC 5905 7.3), its control messages (RFC 9327) and ntpd's private mode 7. */
import { Cursor, Writer } from '../bytes.ts'
import { Malformed } from '../reader.ts'

export const CLIENT = 3
export const CONTROL = 6
export const PRIVATE = 7
const SERVER = 4
const PACKET_BYTES = 48
const CONTROL_BYTES = 12
const PRIVATE_BYTES = 8
/** RFC 5905 7.5: extensions and a MAC behind the packet. */
const MAX_PACKET_BYTES = 1024
const MAX_VERSION = 4
const MAX_STRATUM = 16
/** Numbers of ntpd's implementations. */
const IMPLEMENTATIONS = [0, 2, 3]

export type Query = {
  readonly mode: number
  readonly version: number
  /** Of a client: its poll exponent and its transmit timestamp, 8 bytes. */
  readonly poll: number
  readonly transmit: Buffer
  /** Of mode 6 and 7: what is asked for. */
  readonly code: number
}

/** A client's request, a control request or a private one; never an answer. */
export function recognise(datagram: Uint8Array): boolean {
  const { length } = datagram
  const first = datagram[0] ?? 0
  const second = datagram[1] ?? 0
  const version = (first >> 3) & 7
  if (version < 1 || version > MAX_VERSION) return false
  switch (first & 7) {
    case CLIENT:
      return (
        length >= PACKET_BYTES &&
        length <= MAX_PACKET_BYTES &&
        length % 4 === 0 &&
        second <= MAX_STRATUM
      )
    case CONTROL:
      // R, E and M are of answers; RFC 9327 2: the leap bits are zero.
      return first < 0x40 && second >= 1 && second < 0x20 && length >= CONTROL_BYTES
    case PRIVATE:
      return (
        first < 0x40 &&
        second === 0 &&
        IMPLEMENTATIONS.includes(datagram[2] ?? 0) &&
        length >= PRIVATE_BYTES
      )
    default:
      return false
  }
}

/** Throws Malformed. */
export function decode(datagram: Buffer): Query {
  if (!recognise(datagram)) throw new Malformed('no request')
  const cursor = new Cursor(datagram)
  const first = cursor.u8()
  const mode = first & 7
  const version = (first >> 3) & 7
  const none = { mode, version, poll: 0, transmit: Buffer.alloc(0), code: 0 }
  if (mode === CONTROL) return { ...none, code: cursor.u8() & 0x1f }
  if (mode === PRIVATE) return { ...none, code: cursor.skip(2).u8() }
  const poll = cursor.skip(1).u8()
  const transmit = cursor.skip(37).take(8)
  return { ...none, poll, transmit }
}

/** RFC 5905 6: seconds since 1900 modulo 2^32, and a fraction in 2^-32 seconds. */
export type Timestamp = { readonly seconds: number; readonly fraction: number }
const EPOCH_1970 = 2_208_988_800

/** From ms since 1970; `fine`: 0 ≤ x < 1 of a millisecond. */
export function timestamp(ms: number, fine: number): Timestamp {
  const whole = Math.floor(ms / 1000)
  const fraction = Math.floor(((ms - whole * 1000 + fine) / 1000) * 2 ** 32)
  return { seconds: (whole + EPOCH_1970) % 2 ** 32, fraction: Math.min(fraction, 2 ** 32 - 1) }
}

export type Clock = {
  readonly stratum: number
  /** Exponent of two, in seconds. */
  readonly precision: number
  /** Both in 2^-16 seconds. */
  readonly rootDelay: number
  readonly rootDispersion: number
  readonly reference: Uint8Array
  /** When it was last set. */
  readonly set: Timestamp
}

/** 48 bytes: as long as the shortest request. */
export function encode(query: Query, clock: Clock, received: Timestamp, sent: Timestamp): Buffer {
  return new Writer()
    .u8((query.version << 3) | SERVER, clock.stratum, query.poll, clock.precision & 0xff)
    .u32be(clock.rootDelay)
    .u32be(clock.rootDispersion)
    .bytes(clock.reference)
    .u32be(clock.set.seconds)
    .u32be(clock.set.fraction)
    .bytes(query.transmit)
    .u32be(received.seconds)
    .u32be(received.fraction)
    .u32be(sent.seconds)
    .u32be(sent.fraction)
    .end()
}
