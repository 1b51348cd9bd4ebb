import { hash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { drawExtraPorts } from '../../rotation/demand.ts'

const secret = (n: number): Buffer =>
  Buffer.from(hash('sha256', String(n), 'hex'), 'hex').subarray(0, 16)
const many = (counted: ReadonlyMap<number, number>, own: readonly number[] = [80]) =>
  Array.from({ length: 2000 }, (_, n) => drawExtraPorts(counted, own, secret(n)))

t.test('up to three, distinct, never the persona’s own, the same for the same secret', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 12 }),
      fc.array(
        fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 1_000_000 })),
        { maxLength: 50 },
      ),
      (bytes, own, counts) => {
        const counted = new Map(counts)
        const drawn = drawExtraPorts(counted, own, Buffer.from(bytes))
        return (
          drawn.length <= 3 &&
          drawn.length + own.length <= Math.max(10, own.length) &&
          new Set(drawn).size === drawn.length &&
          drawn.every((port) => !own.includes(port)) &&
          String(drawn) === String(drawExtraPorts(counted, own, Buffer.from(bytes)))
        )
      },
    ),
  )
})

t.test('what is asked for is drawn', async (t) => {
  const before = many(new Map()).flat()
  t.ok(
    before.filter((port) => port === 8080).length > before.filter((port) => port === 10_000).length,
  )
  const after = many(new Map([[4242, 5000]])).flat()
  t.ok(after.filter((port) => port === 4242).length > after.length / 6, 'a port in demand')
  t.notOk(
    many(new Map([[40_000, 1_000_000]]))
      .flat()
      .includes(40_000),
    'not where detectors look',
  )
  const sizes = new Set(many(new Map()).map((drawn) => drawn.length))
  t.same([...sizes].sort(), [0, 1, 2, 3])
})
