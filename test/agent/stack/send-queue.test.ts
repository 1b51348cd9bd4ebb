import t from 'tap'
import { CHUNK_OVERHEAD_BYTES, SendQueue } from '../../../agent/stack/send-queue.ts'
import { seeded } from './world.ts'

t.test('against a buffer', async (t) => {
  let copied = 0
  for (let seed = 1; seed <= 100; seed++) {
    const random = seeded(seed * 31)
    const queue = new SendQueue()
    let model = Buffer.alloc(0)
    for (let step = 0; step < 200; step++) {
      const dice = random(3)
      if (dice === 0) {
        const bytes = Buffer.from({ length: random(50) }).map(() => random(256))
        queue.push(bytes)
        model = Buffer.concat([model, bytes])
        bytes.fill(0)
      } else if (dice === 1) {
        const count = random(model.length + 1)
        queue.acknowledge(count)
        model = model.subarray(count)
      } else if (model.length > 0) {
        const from = random(model.length)
        const length = random(model.length - from + 1)
        const target = new Uint8Array(length + 4).fill(0xee)
        queue.copy(from, length, target, 2)
        const expected = Buffer.concat([
          Buffer.of(0xee, 0xee),
          model.subarray(from, from + length),
          Buffer.of(0xee, 0xee),
        ])
        if (!expected.equals(target)) t.fail(`seed ${seed} step ${step}`)
        copied += length
      }
      if (queue.length !== model.length) t.fail(`seed ${seed} step ${step}: length`)
    }
  }
  t.ok(copied > 10_000, `${copied} bytes copied right`)
})

t.test('the memory it takes: whole chunks, and what each costs', async (t) => {
  const queue = new SendQueue()
  t.equal(queue.bytes, 0)
  queue.push(new Uint8Array(1000))
  queue.push(new Uint8Array(10))
  t.equal(queue.bytes, 1010 + 2 * CHUNK_OVERHEAD_BYTES)
  queue.acknowledge(999)
  t.equal(queue.bytes, 1010 + 2 * CHUNK_OVERHEAD_BYTES, 'one byte keeps its chunk')
  queue.acknowledge(1)
  t.equal(queue.bytes, 10 + CHUNK_OVERHEAD_BYTES)
  queue.acknowledge(10)
  t.equal(queue.bytes, 0)
})
