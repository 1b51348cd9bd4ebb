/** What stands between an IPv6 header and the upper layer (RFC 8200 4): walked within bounds, RFC 8504 5.3. */
import { i32, u16 } from './integers.ts'
import { HEADER_BYTES, type Ipv6, isMulticast } from './ipv6.ts'

export const HOP_BY_HOP = 0
export const TCP = 6
export const UDP = 17
export const ROUTING = 43
export const FRAGMENT = 44
export const ICMP6 = 58
export const NO_NEXT_HEADER = 59
export const DESTINATION_OPTIONS = 60
export const FRAGMENT_BYTES = 8

export const MAX_EXTENSIONS = 8
export const MAX_EXTENSION_BYTES = 256

/** The upper layer is found: it may be one that is not spoken, or none (NO_NEXT_HEADER). */
export const PASSED = 0
/** `payload` is a piece of a datagram: `fragmentOffset`, `moreFragments` and `id` are set. */
export const PIECE = 1
/** To be ignored without a word. */
export const DROPPED = 2
/** To be ignored; `problem` and `pointer` are what a parameter problem would say of it. */
export const FAULTY = 3
export type Verdict = typeof PASSED | typeof PIECE | typeof DROPPED | typeof FAULTY

/** Codes of a parameter problem (RFC 4443 3.4, RFC 7112 5). */
export const ERRONEOUS_FIELD = 0
export const UNKNOWN_NEXT_HEADER = 1
export const UNKNOWN_OPTION = 2
export const INCOMPLETE_CHAIN = 3

const PAD_1 = 0
const PAD_N = 1
/** Headers that a first fragment must hold whole (RFC 7112 5), in bytes. */
const TCP_BYTES = 20
const UDP_BYTES = 8
const ICMP6_BYTES = 8
const MAX_PAYLOAD_BYTES = 65_535

/**
 * From the header that `ip` holds (as `parse` left it) to the upper layer. Of a first fragment only that
 * all headers are there is looked at; what they hold, when the datagram is whole.
 */
export function walk(bytes: Uint8Array, ip: Ipv6): Verdict {
  const verdict = chain(bytes, ip, ip.packet + HEADER_BYTES, true)
  if (verdict !== FAULTY || !isMulticast(bytes, ip.destination)) return verdict
  // RFC 4443 2.4(e): of what went to many, only an option that asks for it is answered.
  const answered = ip.problem === UNKNOWN_OPTION && (bytes[ip.packet + ip.pointer] as number) < 0xc0
  return answered ? FAULTY : DROPPED
}

/**
 * The same for a datagram made whole: `bytes` begins with the header `protocol`. What is faulty in it
 * is DROPPED: its pointer would lead into a packet that was never sent. `ip` keeps its addresses.
 */
export function walkWhole(bytes: Uint8Array, protocol: number, ip: Ipv6): Verdict {
  ip.protocol = protocol
  ip.payload = 0
  ip.payloadBytes = bytes.length
  ip.fragmentOffset = 0
  ip.moreFragments = false
  const verdict = chain(bytes, ip, 0, false)
  return verdict === PASSED ? PASSED : DROPPED
}

function chain(bytes: Uint8Array, ip: Ipv6, begin: number, mayBePiece: boolean): Verdict {
  const end = ip.payload + ip.payloadBytes
  let at = begin
  let protocol = ip.protocol
  let namedAt = ip.namedAt
  let fragment = -1
  for (let count = 0; isExtension(protocol); count++) {
    if (at + 8 > end) return cut(ip)
    const own = protocol
    const length = own === FRAGMENT ? FRAGMENT_BYTES : 8 * ((bytes[at + 1] as number) + 1)
    if (count === MAX_EXTENSIONS || at + length - begin > MAX_EXTENSION_BYTES) return DROPPED
    // RFC 8200 4.1: only behind the fixed header.
    if (own === HOP_BY_HOP && !(mayBePiece && count === 0))
      return faulty(ip, UNKNOWN_NEXT_HEADER, namedAt)
    if (at + length > end) return cut(ip)
    protocol = bytes[at] as number
    namedAt = at - ip.packet
    if (own === FRAGMENT) {
      // One fragmentation is enough, and an atomic fragment is none (RFC 6946).
      if (fragment >= 0 || !mayBePiece) return DROPPED
      const verdict = piece(bytes, ip, at, end)
      if (verdict === FAULTY) return FAULTY
      fragment = at + length
      if (verdict === PIECE) {
        ip.protocol = protocol
        ip.namedAt = namedAt
        ip.payload = fragment
        ip.payloadBytes = end - fragment
        // What follows is in the middle of something.
        if (ip.fragmentOffset !== 0) return PIECE
      }
    } else if (own === ROUTING) {
      // RFC 8200 4.4, and RFC 5095 for type 0: with segments left it is none that we know.
      if (bytes[at + 3] !== 0 && !ip.moreFragments)
        return faulty(ip, ERRONEOUS_FIELD, at + 2 - ip.packet)
    } else if (!ip.moreFragments) {
      const verdict = options(bytes, ip, at + 2, at + length)
      if (verdict !== PASSED) return verdict
    }
    at += length
  }
  if (ip.moreFragments) return end - at < leastBytes(protocol) ? cut(ip) : PIECE
  ip.protocol = protocol
  ip.namedAt = namedAt
  ip.payload = at
  ip.payloadBytes = end - at
  return PASSED
}

const isExtension = (protocol: number): boolean =>
  protocol === HOP_BY_HOP ||
  protocol === ROUTING ||
  protocol === FRAGMENT ||
  protocol === DESTINATION_OPTIONS

/** The facts of the fragment header at `at`; PASSED: the piece is the whole. */
function piece(bytes: Uint8Array, ip: Ipv6, at: number, end: number): Verdict {
  const field = u16(bytes, at + 2)
  ip.fragmentOffset = field & 0xfff8
  ip.moreFragments = (field & 1) !== 0
  ip.id = i32(bytes, at + 4)
  const length = end - at - FRAGMENT_BYTES
  // RFC 8200 4.5: all but the last carry a multiple of 8 bytes, and the whole has an end.
  if (ip.moreFragments && length % 8 !== 0) return faulty(ip, ERRONEOUS_FIELD, 4)
  if (ip.fragmentOffset + length > MAX_PAYLOAD_BYTES)
    return faulty(ip, ERRONEOUS_FIELD, at + 2 - ip.packet)
  return ip.moreFragments || ip.fragmentOffset !== 0 ? PIECE : PASSED
}

/** Options from `at` to `end` (RFC 8200 4.2): none but padding is known, and its type says what an unknown one asks for. */
function options(bytes: Uint8Array, ip: Ipv6, at: number, end: number): Verdict {
  while (at < end) {
    const type = bytes[at] as number
    if (type === PAD_1) {
      at++
      continue
    }
    if (at + 2 > end) return DROPPED
    const next = at + 2 + (bytes[at + 1] as number)
    if (next > end) return DROPPED
    const action = type === PAD_N ? 0 : type >>> 6
    if (action === 1) return DROPPED
    if (action > 1) return faulty(ip, UNKNOWN_OPTION, at - ip.packet)
    at = next
  }
  return PASSED
}

/** What a first fragment must hold of the upper layer's header. */
function leastBytes(protocol: number): number {
  if (protocol === TCP) return TCP_BYTES
  if (protocol === UDP) return UDP_BYTES
  if (protocol === ICMP6) return ICMP6_BYTES
  return protocol === NO_NEXT_HEADER ? 0 : 1
}

/** The headers end with the packet: of a first fragment that is told (RFC 7112 5). */
const cut = (ip: Ipv6): Verdict => (ip.moreFragments ? faulty(ip, INCOMPLETE_CHAIN, 0) : DROPPED)

function faulty(ip: Ipv6, problem: number, pointer: number): Verdict {
  ip.problem = problem
  ip.pointer = pointer
  return FAULTY
}
