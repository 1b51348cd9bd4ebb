/**
 * IPv4 reassembly (RFC 791 3.2, RFC 5722 in spirit: an overlap condemns the datagram). Bounded in
 * datagrams, pieces, bytes and time; the oldest datagram gives way.
 */
import type { Ipv4 } from '../wire/ipv4.ts'

export const MAX_DATAGRAMS = 64
const MAX_PIECES = 64
const MAX_DATAGRAM_BYTES = 65_515
const LIFETIME_MS = 30_000

type Datagram = {
  readonly source: number
  readonly destination: number
  readonly id: number
  readonly protocol: number
  readonly since: number
  /** Sorted, not touching each other: start, end, start, end … */
  readonly spans: number[]
  /** -1 until the last fragment is here. */
  total: number
  /** As they came: room for the whole is made when it is whole, or one fragment could ask for 64 KiB. */
  readonly pieces: { readonly start: number; readonly bytes: Buffer }[]
}

/** A datagram is whole when one span covers it. */
export class Fragments {
  readonly #datagrams: Datagram[] = []
  dropped = 0

  /** The whole payload when this fragment completes it, else undefined. */
  add(ip: Ipv4, bytes: Uint8Array, now: number): Uint8Array | undefined {
    const start = ip.fragmentOffset
    const end = start + ip.payloadBytes
    // RFC 791: all fragments but the last carry a multiple of 8 bytes.
    if (ip.payloadBytes === 0 || end > MAX_DATAGRAM_BYTES) return this.#refuse()
    if (ip.moreFragments && ip.payloadBytes % 8 !== 0) return this.#refuse()
    const datagram = this.#find(ip, now)
    if (datagram.pieces.length >= MAX_PIECES || !place(datagram.spans, start, end)) {
      this.#remove(datagram)
      return this.#refuse()
    }
    if (!ip.moreFragments) {
      if (datagram.total >= 0) {
        this.#remove(datagram)
        return this.#refuse()
      }
      datagram.total = end
    }
    const copy = Buffer.from(bytes.subarray(ip.payload, ip.payload + ip.payloadBytes))
    datagram.pieces.push({ start, bytes: copy })
    const last = datagram.spans[datagram.spans.length - 1] as number
    if (datagram.total >= 0 && last > datagram.total) {
      this.#remove(datagram)
      return this.#refuse()
    }
    if (datagram.spans.length !== 2 || datagram.spans[0] !== 0 || last !== datagram.total)
      return undefined
    this.#remove(datagram)
    const whole = Buffer.allocUnsafe(datagram.total)
    for (const piece of datagram.pieces) whole.set(piece.bytes, piece.start)
    return whole
  }

  #refuse(): undefined {
    this.dropped++
    return undefined
  }

  #find(ip: Ipv4, now: number): Datagram {
    const datagrams = this.#datagrams
    // The oldest are in front.
    for (let oldest = datagrams[0]; oldest !== undefined; oldest = datagrams[0]) {
      if (now - oldest.since < LIFETIME_MS) break
      datagrams.shift()
      this.dropped++
    }
    for (const d of datagrams)
      if (
        d.id === ip.id &&
        d.source === ip.source &&
        d.destination === ip.destination &&
        d.protocol === ip.protocol
      )
        return d
    if (datagrams.length >= MAX_DATAGRAMS) {
      datagrams.shift()
      this.dropped++
    }
    const fresh: Datagram = {
      source: ip.source,
      destination: ip.destination,
      id: ip.id,
      protocol: ip.protocol,
      since: now,
      spans: [],
      total: -1,
      pieces: [],
    }
    datagrams.push(fresh)
    return fresh
  }

  #remove(datagram: Datagram): void {
    this.#datagrams.splice(this.#datagrams.indexOf(datagram), 1)
  }
}

/** Insert [start, end); false when it overlaps what is there. */
function place(spans: number[], start: number, end: number): boolean {
  let i = 0
  while (i < spans.length && (spans[i + 1] as number) < start) i += 2
  if (i < spans.length && (spans[i + 1] as number) === start) {
    const after = spans[i + 2]
    if (after !== undefined && after < end) return false
    spans[i + 1] = end
    if (after === end) spans.splice(i + 1, 2)
    return true
  }
  const next = spans[i]
  if (next !== undefined && next < end) return false
  if (next === end) spans[i] = start
  else spans.splice(i, 0, start, end)
  return true
}
