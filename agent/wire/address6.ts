/** IPv6 addresses as text (RFC 4291 2.2, RFC 5952). */
import { addressText, parseAddress } from './ipv4.ts'

const GROUPS = 8
/** Of ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255, the longest. */
const MAX_TEXT = 45

const group = (words: Int32Array, i: number): number =>
  ((words[i >> 1] as number) >>> (i & 1 ? 0 : 16)) & 0xffff

/** 2001:db8::7 for its four words. IPv4-mapped addresses end in dotted quad (RFC 5952 5). */
export function addressText6(words: Int32Array): string {
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff)
    return `::ffff:${addressText(words[3] as number)}`
  // RFC 5952 4.2: the longest run of zeros, the first of equals, never a single one.
  let start = -1
  let length = 1
  for (let i = 0; i < GROUPS; ) {
    let end = i
    while (end < GROUPS && group(words, end) === 0) end++
    if (end - i > length) {
      start = i
      length = end - i
    }
    i = end + 1
  }
  let text = ''
  for (let i = 0; i < GROUPS; i++) {
    if (i === start) {
      text += '::'
      i += length - 1
    } else {
      if (text !== '' && !text.endsWith(':')) text += ':'
      text += group(words, i).toString(16)
    }
  }
  return text
}

/** The four words for an address without zone; undefined when it is none. */
export function parseAddress6(text: string): Int32Array | undefined {
  if (text.length > MAX_TEXT) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const front = groups(halves[0] as string, halves.length === 1)
  const back = groups(halves[1] ?? '', true)
  if (front === undefined || back === undefined) return undefined
  const missing = GROUPS - front.length - back.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const all = [...front, ...new Array<number>(missing).fill(0), ...back]
  return Int32Array.from(
    { length: 4 },
    (_, i) => ((all[2 * i] as number) << 16) | (all[2 * i + 1] as number),
  )
}

/** The 16-bit groups of one side of ::; `last`: it may end in dotted quad. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  if (parts.length > GROUPS) return undefined
  const all: number[] = []
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const quad = parseAddress(part)
      if (quad === undefined) return undefined
      all.push(quad >>> 16, quad & 0xffff)
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined
      all.push(Number.parseInt(part, 16))
    }
  }
  return all
}
