/** IPv4 reassembly (RFC 791 3.2). */
import type { Ipv4 } from '../wire/ipv4.ts'
import { Reassembly } from './reassembly.ts'

const MAX_DATAGRAM_BYTES = 65_515
const LIFETIME_MS = 30_000

export class Fragments {
  readonly #core = new Reassembly(LIFETIME_MS, MAX_DATAGRAM_BYTES)

  get dropped(): number {
    return this.#core.dropped
  }

  /** The whole payload when this fragment completes it, else undefined. */
  add(ip: Ipv4, bytes: Uint8Array, now: number): Uint8Array | undefined {
    return this.#core.add(
      ip.source,
      ip.destination,
      ip.id,
      ip.protocol,
      ip.fragmentOffset,
      ip.moreFragments,
      0,
      bytes,
      ip.payload,
      ip.payloadBytes,
      now,
    )
  }
}
