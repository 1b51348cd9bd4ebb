/** Community ID v1, seed 0 (github.com/corelight/community-id-spec): one name for a flow, whichever tool saw it. */
import { hash } from 'node:crypto'

const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17 } as const
const SEED_BYTES = 2
const IPV4_BYTES = 4
const IPV6_BYTES = 16
/** Two addresses, protocol, padding, two ports. */
const MAX_INPUT_BYTES = SEED_BYTES + 2 * IPV6_BYTES + 2 + 4

/** ICMP types that answer each other: the answer takes the place of the second port. */
const ICMP_COUNTERPART: Readonly<Record<number, number>> = {
  0: 8,
  8: 0,
  9: 10,
  10: 9,
  13: 14,
  14: 13,
  15: 16,
  16: 15,
  17: 18,
  18: 17,
}

const input = Buffer.alloc(MAX_INPUT_BYTES)

/**
 * `1:…`, the same for both directions; undefined when an address is no IPv4 or IPv6 text or the families differ.
 * For ICMP (over IPv4) the ports are the message's type and code.
 */
export function communityId(
  transport: 'tcp' | 'udp' | 'icmp',
  sourceAddress: string,
  sourcePort: number,
  destinationAddress: string,
  destinationPort: number,
): string | undefined {
  let second = destinationPort
  let oneWay = false
  if (transport === 'icmp') {
    const counterpart = ICMP_COUNTERPART[sourcePort]
    if (counterpart === undefined) oneWay = true
    else second = counterpart
  }
  const bytes = writeAddress(sourceAddress, SEED_BYTES)
  if (bytes === 0) return undefined
  const other = SEED_BYTES + bytes
  if (writeAddress(destinationAddress, other) !== bytes) return undefined
  const order = input.compare(input, other, other + bytes, SEED_BYTES, other)
  let first = sourcePort
  if (!oneWay && (order > 0 || (order === 0 && sourcePort > second))) {
    first = second
    second = sourcePort
    writeAddress(destinationAddress, SEED_BYTES)
    writeAddress(sourceAddress, other)
  }
  const at = other + bytes
  input[at] = PROTOCOLS[transport]
  input[at + 1] = 0
  input.writeUInt16BE(first, at + 2)
  input.writeUInt16BE(second, at + 4)
  return `1:${hash('sha1', input.subarray(0, at + 6), 'base64')}`
}

/** Writes the address at `at`; returns its length in bytes, 0 when the text is no address. */
function writeAddress(text: string, at: number): number {
  return text.includes(':') ? writeIpv6(text, at) : writeIpv4(text, at)
}

function writeIpv4(text: string, at: number): number {
  let value = -1
  let part = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0x2e
    if (code === 0x2e) {
      if (value < 0 || value > 255 || part === IPV4_BYTES) return 0
      input[at + part++] = value
      value = -1
    } else if (code >= 0x30 && code <= 0x39) value = Math.max(value, 0) * 10 + code - 0x30
    else return 0
    if (value > 255) return 0
  }
  return part === IPV4_BYTES ? IPV4_BYTES : 0
}

function writeIpv6(text: string, at: number): number {
  const halves = text.split('::', 3)
  const head = groups(halves[0] as string)
  const tail = groups(halves[1] ?? '')
  if (halves.length > 2 || head === undefined || tail === undefined) return 0
  const gap = IPV6_BYTES / 2 - head.length - tail.length
  if (halves.length === 1 ? gap !== 0 : gap < 1) return 0
  input.fill(0, at, at + IPV6_BYTES)
  for (let i = 0; i < head.length; i++) input.writeUInt16BE(head[i] as number, at + 2 * i)
  for (let i = 0; i < tail.length; i++)
    input.writeUInt16BE(tail[i] as number, at + 2 * (head.length + gap + i))
  return IPV6_BYTES
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':', IPV6_BYTES / 2 + 1)
  const out: number[] = []
  for (const part of parts) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
    out.push(Number.parseInt(part, 16))
  }
  return out
}
