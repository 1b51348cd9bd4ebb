/**
 * Datagrams put together from pieces: what IPv4 and IPv6 share of it. An overlap condemns the datagram
 * (RFC 5722, and in spirit for IPv4). Bounded in datagrams, pieces, bytes and time; the oldest gives way.
 */
export const MAX_DATAGRAMS = 64
export const MAX_HELD_BYTES = 1 << 20
const MAX_PIECES = 64

type Datagram = {
  readonly source: number
  readonly destination: number
  readonly id: number
  readonly kind: number
  readonly since: number
  /** Sorted, not touching each other: start, end, start, end … */
  readonly spans: number[]
  /** -1 until the last fragment is here. */
  total: number
  /** What the first piece says of the whole. */
  tag: number
  held: number
  /** As they came: room for the whole is made when it is whole, or one fragment could ask for 64 KiB. */
  readonly pieces: { readonly start: number; readonly bytes: Uint8Array }[]
}

/** A datagram is whole when one span covers it. */
export class Reassembly {
  readonly #datagrams: Datagram[] = []
  readonly #lifetimeMs: number
  readonly #maxBytes: number
  /** Of all datagrams. */
  heldBytes = 0
  dropped = 0
  /** What the first piece of the datagram that was last made whole said. */
  tag = 0

  /** `maxBytes`: the longest datagram there is. */
  constructor(lifetimeMs: number, maxBytes: number) {
    this.#lifetimeMs = lifetimeMs
    this.#maxBytes = maxBytes
  }

  /**
   * `length` bytes at `at` are the piece from `start` of the datagram that source, destination, id and
   * kind name. The whole when this piece completes it, else undefined.
   */
  add(
    source: number,
    destination: number,
    id: number,
    kind: number,
    start: number,
    more: boolean,
    tag: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    now: number,
  ): Buffer | undefined {
    const end = start + length
    // RFC 791, RFC 8200 4.5: all fragments but the last carry a multiple of 8 bytes.
    if (length === 0 || end > this.#maxBytes || (more && length % 8 !== 0)) {
      this.dropped++
      return undefined
    }
    this.#expire(now)
    const datagram = this.#find(source, destination, id, kind, now)
    const ends = !more && datagram.total >= 0
    if (datagram.pieces.length >= MAX_PIECES || ends || !place(datagram.spans, start, end))
      return this.#drop(datagram)
    if (!more) datagram.total = end
    if (start === 0) datagram.tag = tag
    const last = datagram.spans[datagram.spans.length - 1] as number
    if (datagram.total >= 0 && last > datagram.total) return this.#drop(datagram)
    // Not from Node's pool: a small piece would hold 8 KiB of it.
    const copy = new Uint8Array(length)
    copy.set(bytes.subarray(at, at + length))
    datagram.pieces.push({ start, bytes: copy })
    datagram.held += length
    this.heldBytes += length
    if (datagram.spans.length === 2 && datagram.spans[0] === 0 && last === datagram.total)
      return this.#whole(datagram)
    let oldest = this.#datagrams[0]
    while (this.heldBytes > MAX_HELD_BYTES && oldest !== undefined) {
      this.#drop(oldest)
      oldest = this.#datagrams[0]
    }
    return undefined
  }

  #whole(datagram: Datagram): Buffer {
    this.#remove(datagram)
    this.tag = datagram.tag
    const whole = Buffer.allocUnsafe(datagram.total)
    for (const piece of datagram.pieces) whole.set(piece.bytes, piece.start)
    return whole
  }

  /** The oldest are in front. */
  #expire(now: number): void {
    for (let oldest = this.#datagrams[0]; oldest !== undefined; oldest = this.#datagrams[0]) {
      if (now - oldest.since < this.#lifetimeMs) return
      this.#drop(oldest)
    }
  }

  #find(source: number, destination: number, id: number, kind: number, now: number): Datagram {
    const datagrams = this.#datagrams
    for (const d of datagrams)
      if (d.id === id && d.source === source && d.destination === destination && d.kind === kind)
        return d
    const oldest = datagrams[0]
    if (datagrams.length >= MAX_DATAGRAMS && oldest !== undefined) this.#drop(oldest)
    const fresh: Datagram = {
      source,
      destination,
      id,
      kind,
      since: now,
      spans: [],
      total: -1,
      tag: 0,
      held: 0,
      pieces: [],
    }
    datagrams.push(fresh)
    return fresh
  }

  #drop(datagram: Datagram): undefined {
    this.#remove(datagram)
    this.dropped++
    return undefined
  }

  #remove(datagram: Datagram): void {
    this.#datagrams.splice(this.#datagrams.indexOf(datagram), 1)
    this.heldBytes -= datagram.held
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
