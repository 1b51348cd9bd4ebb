/**
 * SYN cookies (RFC 4987 3.6): the initial sequence number carries what the handshake must remember,
 * so that a SYN costs no memory. 1 bit of time, 8 bits of options, 23 bits of MAC, all masked by a
 * second hash of the addresses so that the number looks random from outside.
 */
import { KeyedHash } from './keyed-hash.ts'

/** A cookie is good for its own slot and the next: between one and two of these. */
export const SLOT_MS = 64_000
const MSS_CLASSES = [216, 536, 1220, 1300, 1360, 1400, 1440, 1460] as const
const NO_SCALE = 15
const INFO_BITS = 9

/** What a valid cookie gives back. */
export type Opening = { mss: number /** -1: none offered. */; scale: number; sack: boolean }
export const blankOpening = (): Opening => ({ mss: 536, scale: -1, sack: false })

export class Cookies {
  readonly #mac: KeyedHash
  readonly #mask: KeyedHash

  /** `key`: 16 random bytes. */
  constructor(key: Uint8Array) {
    this.#mac = new KeyedHash(key.subarray(0, 8))
    this.#mask = new KeyedHash(key.subarray(8, 16))
  }

  /** The ISN for a SYN. `ports` is source << 16 | destination; `now` in ms. The same SYN in the same slot gets the same. */
  make(
    remote: number,
    local: number,
    ports: number,
    clientIsn: number,
    mss: number,
    scale: number,
    sack: boolean,
    now: number,
  ): number {
    let mssClass = 0
    while (mssClass < 7 && (MSS_CLASSES[mssClass + 1] as number) <= mss) mssClass++
    const slot = Math.floor(now / SLOT_MS)
    const info =
      (mssClass << 6) | ((scale < 0 ? NO_SCALE : scale) << 2) | (sack ? 2 : 0) | (slot & 1)
    return this.#seal(remote, local, ports, clientIsn, slot, info)
  }

  /** Does this ACK finish a handshake that we answered? Fills `into` when it does. */
  check(
    remote: number,
    local: number,
    ports: number,
    clientIsn: number,
    isn: number,
    now: number,
    into: Opening,
  ): boolean {
    const info = (isn ^ this.#mask.of(remote, local, ports, clientIsn)) & ((1 << INFO_BITS) - 1)
    const current = Math.floor(now / SLOT_MS)
    const slot = (current & 1) === (info & 1) ? current : current - 1
    if (this.#seal(remote, local, ports, clientIsn, slot, info) !== isn) return false
    const scale = (info >> 2) & 15
    into.mss = MSS_CLASSES[info >> 6] as number
    into.scale = scale === NO_SCALE ? -1 : scale
    into.sack = (info & 2) !== 0
    return true
  }

  #seal(
    remote: number,
    local: number,
    ports: number,
    clientIsn: number,
    slot: number,
    info: number,
  ): number {
    // The MAC's last word binds the slot and the options; 9 bits of it are given up for the options themselves.
    const mac = this.#mac.of(remote, local ^ (clientIsn | 0), ports, Math.imul(slot, 512) ^ info)
    const plain = (mac & (-1 << INFO_BITS)) | info
    return plain ^ this.#mask.of(remote, local, ports, clientIsn)
  }
}
