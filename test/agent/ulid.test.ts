import { randomFillSync } from 'node:crypto'
import t from 'tap'
import { decodeTime, isValid } from 'ulid'
import { ulidFactory } from '../../agent/ulid.ts'

t.test('a ULID of its time, by another implementation', async (t) => {
  const next = ulidFactory(randomFillSync)
  for (const now of [0, 1, 1_764_000_000_123, 2 ** 48 - 1]) {
    const id = next(now)
    t.ok(isValid(id), id)
    t.equal(decodeTime(id), now)
  }
})

t.test('strictly increasing: within a millisecond, and when the clock steps back', async (t) => {
  const next = ulidFactory(randomFillSync)
  let last = ''
  for (let i = 0; i < 20_000; i++) {
    const id = next(1_764_000_000_000 + Math.floor(i / 500) - (i % 7))
    if (id <= last) t.fail(`${id} after ${last}`)
    last = id
  }
  t.equal(last.length, 26)
})

t.test('the last number of a millisecond is followed by the next millisecond', async (t) => {
  const next = ulidFactory((bytes) => bytes.fill(255))
  const first = next(1000)
  t.equal(first.slice(10), 'Z'.repeat(16))
  const second = next(1000)
  t.equal(decodeTime(second), 1001)
  t.ok(second > first)
})

t.test('letters are drawn from the whole alphabet', async (t) => {
  const next = ulidFactory(randomFillSync)
  const seen = new Set<string>()
  for (let now = 0; now < 2000; now++) for (const letter of next(now).slice(10)) seen.add(letter)
  t.equal(seen.size, 32)
})
