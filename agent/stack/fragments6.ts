/** IPv6 reassembly (RFC 8200 4.5): what is a piece, walk in extensions6.ts says; an atomic fragment is none. */
import type { Ipv6 } from '../wire/ipv6.ts'
import { Reassembly } from './reassembly.ts'

const MAX_DATAGRAM_BYTES = 65_535
const LIFETIME_MS = 60_000

export class Fragments6 {
  readonly #core = new Reassembly(LIFETIME_MS, MAX_DATAGRAM_BYTES)

  get dropped(): number {
    return this.#core.dropped
  }
  get heldBytes(): number {
    return this.#core.heldBytes
  }
  /** With which header the datagram begins that was last made whole: the first piece's word counts. */
  get protocol(): number {
    return this.#core.tag
  }

  /** `source` and `destination`: the names of the addresses (names6.ts). The whole when this piece completes it, else undefined. */
  add(
    ip: Ipv6,
    source: number,
    destination: number,
    bytes: Uint8Array,
    now: number,
  ): Buffer | undefined {
    return this.#core.add(
      source,
      destination,
      ip.id,
      0,
      ip.fragmentOffset,
      ip.moreFragments,
      ip.protocol,
      bytes,
      ip.payload,
      ip.payloadBytes,
      now,
    )
  }
}
