import t from 'tap'
import { Assembler, distance, MAX_PIECES } from '../../../agent/stack/assembler.ts'
import { seeded } from './world.ts'

/** An obviously right assembler: a byte or nothing, for every position. What is there first stays. */
class Bytes {
  readonly #bytes: (number | undefined)[]

  constructor(length: number) {
    this.#bytes = new Array(length).fill(undefined)
  }
  add(at: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) this.#bytes[at + i] ??= byte
  }
  from(at: number): Uint8Array {
    const end = this.#bytes.indexOf(undefined, at)
    return Uint8Array.from(this.#bytes.slice(at, end < 0 ? undefined : end) as number[])
  }
}

t.equal(distance(1, -1), 2)
t.equal(distance(0x80000000 | 0, 0x7fffffff), 1, 'across the sign')
t.equal(distance(0, 0xffffffff | 0), 1, 'across zero')

t.test('against a byte map', async (t) => {
  let checked = 0
  for (let seed = 1; seed <= 400; seed++) {
    const random = seeded(seed * 77)
    const base = [0, 0x7fffff00, -100, -60][seed % 4] as number
    const assembler = new Assembler()
    const model = new Bytes(5000)
    let next = 0
    for (let step = 0; step < 40; step++) {
      // Half of it near the gap, so that gaps close; long enough that MAX_PIECES is never reached.
      const from = Math.max(random(2) === 0 ? next - random(4) : next + random(150), 0)
      const length = 1 + random(40)
      const bytes = Uint8Array.from({ length: length + 4 }, () => random(256))
      const old = Math.max(next - from, 0)
      // The connection hands over only what is new and in early.
      if (old < length) {
        assembler.add((base + from + old) | 0, bytes, 2 + old, length - old)
        model.add(from + old, bytes.subarray(2 + old, 2 + length))
      }
      if (random(3) > 0) continue
      const expected = model.from(next)
      const seen: Buffer[] = []
      for (let at = next; ; ) {
        const piece = assembler.next((base + at) | 0)
        if (piece === undefined) break
        seen.push(piece)
        at += piece.length
      }
      const all = Buffer.concat(seen)
      if (!all.equals(expected)) t.fail(`seed ${seed} step ${step}`)
      next += all.length
      checked += all.length
    }
  }
  t.ok(checked > 10_000, `${checked} bytes came out right`)
})

t.test('pieces are bounded', async (t) => {
  const assembler = new Assembler()
  for (let i = 0; i < 1000; i++) assembler.add(10 + i * 2, Uint8Array.of(1), 0, 1)
  let count = 0
  for (let at = 10; assembler.next(at) !== undefined; at += 2) count++
  t.equal(count, MAX_PIECES)
  t.ok(assembler.empty)
})

t.test('the bytes are a copy', async (t) => {
  const assembler = new Assembler()
  const bytes = Uint8Array.of(1, 2, 3)
  assembler.add(5, bytes, 0, 3)
  bytes.fill(9)
  t.same([...(assembler.next(5) as Buffer)], [1, 2, 3])
})
