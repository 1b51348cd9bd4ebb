import t from 'tap'
import { KeyedHash } from '../../../agent/stack/keyed-hash.ts'
import { seeded } from './world.ts'

/** HalfSipHash-2-4, 32-bit output, over bytes, as the paper and its description put it: 64-bit integers, masked. */
function halfSipHash(key: Uint8Array, message: Uint8Array): number {
  const word = (bytes: Uint8Array, at: number): bigint =>
    [0, 1, 2, 3].reduce((sum, i) => sum | (BigInt(bytes[at + i] ?? 0) << BigInt(8 * i)), 0n)
  const mask = 0xffffffffn
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask
  const k0 = word(key, 0)
  const k1 = word(key, 4)
  let [v0, v1, v2, v3] = [k0, k1, 0x6c796765n ^ k0, 0x74656462n ^ k1]
  const round = (): void => {
    v0 = (v0 + v1) & mask
    v1 = rotate(v1, 5n) ^ v0
    v0 = rotate(v0, 16n)
    v2 = (v2 + v3) & mask
    v3 = rotate(v3, 8n) ^ v2
    v0 = (v0 + v3) & mask
    v3 = rotate(v3, 7n) ^ v0
    v2 = (v2 + v1) & mask
    v1 = rotate(v1, 13n) ^ v2
    v2 = rotate(v2, 16n)
  }
  const absorb = (m: bigint): void => {
    v3 ^= m
    round()
    round()
    v0 ^= m
  }
  const whole = message.length & ~3
  for (let at = 0; at < whole; at += 4) absorb(word(message, at))
  absorb(word(message, whole) | (BigInt(message.length & 0xff) << 24n))
  v2 ^= 0xffn
  for (let i = 0; i < 4; i++) round()
  return Number(v1 ^ v3)
}

t.test(
  'the reference itself: first vectors of the authors (key 00…07, message 00, 01 …)',
  async (t) => {
    const key = Uint8Array.from({ length: 8 }, (_, i) => i)
    // vectors_hsip32 of the SipHash reference implementation (CC0), as little-endian words.
    for (const [length, expected] of [0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a].entries())
      t.equal(
        halfSipHash(
          key,
          Uint8Array.from({ length }, (_, i) => i),
        ),
        expected,
      )
  },
)

t.test('against the reference', async (t) => {
  const random = seeded(5)
  for (let i = 0; i < 500; i++) {
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256))
    const padded = bytes(12)
    const key = padded.subarray(2, 10)
    const message = bytes(16)
    const view = new DataView(message.buffer)
    const [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getInt32(at, true))
    const hash = new KeyedHash(key).of(a as number, b as number, c as number, d as number)
    if (hash >>> 0 !== halfSipHash(key, message)) t.fail(`message ${i}`)
  }
  t.pass('500 messages')
})
