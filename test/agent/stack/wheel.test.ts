import t from 'tap'
import { SLOT_MS, type Timed, Wheel } from '../../../agent/stack/wheel.ts'
import { seeded } from './world.ts'

type Entry = Timed & { readonly name: number }
const entry = (name: number): Entry => ({
  name,
  deadline: 0,
  timerNext: undefined,
  timerPrevious: undefined,
})

t.test('against a sorted list', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const random = seeded(seed)
    const entries = Array.from({ length: 60 }, (_, name) => entry(name))
    const due = new Map<Entry, number>()
    let now = 1000 + random(100_000)
    const expired: number[] = []
    const wheel = new Wheel(now, (timed, at) => {
      const one = entries.find((candidate) => candidate === timed) as Entry
      if (timed.deadline !== 0) t.fail('still armed')
      const wanted = due.get(one)
      if (wanted === undefined || at < wanted) t.fail(`${one.name} expired unasked`)
      due.delete(one)
      expired.push(one.name)
      const dice = random(8)
      if (dice === 0) {
        due.set(one, at + random(40_000))
        wheel.arm(one, due.get(one) as number)
      } else if (dice === 1) {
        // What expires may take others with it, those of its own slot too.
        for (let i = 0; i < 5; i++) {
          const other = entries[random(entries.length)] as Entry
          wheel.disarm(other)
          due.delete(other)
        }
      }
    })
    for (let step = 0; step < 5000; step++) {
      const one = entries[random(entries.length)] as Entry
      const dice = random(10)
      if (dice < 5) {
        const spread = [30, 500, 20_000, 100_000][random(4)] as number
        due.set(one, now + random(spread))
        wheel.arm(one, due.get(one) as number)
      } else if (dice < 6) {
        wheel.disarm(one)
        due.delete(one)
      } else {
        const first = Math.min(Number.POSITIVE_INFINITY, ...due.values())
        if (due.size === 0) t.equal(wheel.next, Number.POSITIVE_INFINITY)
        else if (wheel.next > Math.max(first, now) + 2 * SLOT_MS) t.fail('next comes late')
        now += random([5, 100, 5000, 60_000][random(4)] as number)
        wheel.tick(now)
        for (const [late, at] of due)
          if (at + 2 * SLOT_MS < now) t.fail(`${late.name} is ${now - at} ms late`)
      }
    }
    t.ok(expired.length > 200, `${expired.length} expired`)
    for (const one of entries) wheel.disarm(one)
    t.equal(wheel.next, Number.POSITIVE_INFINITY)
  }
})

t.test('an expiry that moves its neighbour', async (t) => {
  const [a, b, c] = [entry(1), entry(2), entry(3)]
  const seen: number[] = []
  const wheel = new Wheel(0, (timed) => {
    seen.push((timed as Entry).name)
    if (timed === c) wheel.arm(b, 5000)
  })
  for (const one of [a, b, c]) wheel.arm(one, 100)
  wheel.tick(200)
  t.same(seen, [3, 1])
  wheel.tick(6000)
  t.same(seen, [3, 1, 2])
})

t.test('next is not before now and not after the deadline', async (t) => {
  const wheel = new Wheel(0, () => undefined)
  t.equal(wheel.next, Number.POSITIVE_INFINITY)
  const one = entry(1)
  for (const deadline of [1, 16, 17, 5000, 16_383]) {
    wheel.arm(one, deadline)
    t.equal(wheel.next, Math.max(Math.ceil(deadline / SLOT_MS), 1) * SLOT_MS)
  }
  wheel.arm(one, 1_000_000)
  t.ok(wheel.next <= 1_000_000)
})
