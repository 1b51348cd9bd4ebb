/**
 * HalfSipHash-2-4 with 32-bit output over four words (Aumasson and Bernstein, SipHash reference
 * implementation, CC0): a keyed hash whose collisions a stranger cannot choose.
 */
export class KeyedHash {
  readonly #k0: number
  readonly #k1: number

  /** `key`: 8 random bytes. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 8)
    this.#k0 = view.getInt32(0, true)
    this.#k1 = view.getInt32(4, true)
  }

  of(a: number, b: number, c: number, d: number): number {
    let v0 = this.#k0
    let v1 = this.#k1
    let v2 = 0x6c796765 ^ this.#k0
    let v3 = 0x74656462 ^ this.#k1
    // Message words a, b, c, d, the closing block (length 16 << 24), then finalisation.
    for (let word = 0; word < 6; word++) {
      const m = word === 0 ? a : word === 1 ? b : word === 2 ? c : word === 3 ? d : 0x10000000
      let rounds = 2
      if (word === 5) {
        v2 ^= 0xff
        rounds = 4
      } else v3 ^= m
      for (; rounds > 0; rounds--) {
        v0 = (v0 + v1) | 0
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
        v0 = (v0 + v3) | 0
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
        v2 = (v2 + v1) | 0
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
      if (word !== 5) v0 ^= m
    }
    return v1 ^ v3
  }
}
