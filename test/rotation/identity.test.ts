import fc from 'fast-check'
import t from 'tap'
import { createIdentity } from '../../rotation/identity.ts'
import { steady } from '../../rotation/rotation.ts'
import { persona } from '../agent/stack/world.ts'

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

t.test('one seed: the same secrets for ever, of any length', async () => {
  fc.assert(
    fc.property(
      seeds,
      fc.string({ maxLength: 40 }),
      fc.integer({ min: 1, max: 200 }),
      (seed, label, length) => {
        const a = createIdentity(seed, '###', () => 0)
        const b = createIdentity(seed, '###', () => 5)
        const secret = a.secret(label, length)
        return (
          secret.length === length &&
          secret.equals(b.secret(label, length)) &&
          a
            .secret(label, length + 1)
            .subarray(0, length)
            .equals(secret)
        )
      },
    ),
    { numRuns: 50 },
  )
})

t.test('other seed, other label: other secret', async (t) => {
  const seed = (byte: number) => new Uint8Array(32).fill(byte)
  const all = [1, 2, 3].flatMap((n) =>
    ['id', 'hostname', 'ssh host key'].map((label) =>
      createIdentity(seed(n), '', () => 0)
        .secret(label, 16)
        .toString('hex'),
    ),
  )
  t.equal(new Set(all).size, all.length)
})

t.test('the hostname is the pattern filled in', async (t) => {
  const { hostname } = createIdentity(new Uint8Array(32), 'WIN-###########', () => 0)
  t.match(hostname, /^WIN-[A-Z0-9]{11}$/)
  t.equal(createIdentity(new Uint8Array(32), '', () => 0).hostname, '')
  t.equal(createIdentity(new Uint8Array(32), 'dvrdvs', () => 0).hostname, 'dvrdvs')
  t.equal(createIdentity(new Uint8Array(32), 'x', () => 42).now(), 42)
})

t.test('steady: one machine for ever', async (t) => {
  const one = persona()
  t.equal(steady(one).at(0), one)
  t.equal(steady(one).at(Number.MAX_SAFE_INTEGER), one)
  t.equal(steady(one).nextChange(0), Number.POSITIVE_INFINITY)
})
