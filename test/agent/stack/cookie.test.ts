import t from 'tap'
import { blankOpening, Cookies, SLOT_MS } from '../../../agent/stack/cookie.ts'
import { seeded } from './world.ts'

const random = seeded(11)
const word = (): number => random(2 ** 32) | 0
const cookies = new Cookies(Uint8Array.from({ length: 16 }, () => random(256)))

t.test('what goes in comes out', async (t) => {
  const opening = blankOpening()
  const classes = [216, 536, 1220, 1300, 1360, 1400, 1440, 1460]
  for (let i = 0; i < 3000; i++) {
    const [remote, local, ports, isn] = [word(), word(), word(), word()]
    const mss = random(2000)
    const scale = random(16) - 1
    const sack = random(2) === 1
    const now = random(1e9)
    const cookie = cookies.make(remote, local, ports, isn, mss, scale, sack, now)
    const later = now + random(SLOT_MS)
    const good = cookies.check(remote, local, ports, isn, cookie, later, opening)
    const expected = classes.filter((one) => one <= mss).at(-1) ?? 216
    if (!good || opening.mss !== expected || opening.scale !== scale || opening.sack !== sack)
      t.fail(`${mss} ${scale} ${sack}`)
    if (cookies.check(remote, local, ports, isn, cookie, now + 2 * SLOT_MS, opening)) t.fail('old')
  }
  t.pass('3000 openings')
})

t.test('a guess is good once in 2^23', async (t) => {
  let hits = 0
  const opening = blankOpening()
  const cookie = cookies.make(1, 2, 3, 4, 1460, 7, true, 0)
  for (let bit = 0; bit < 32; bit++)
    if (cookies.check(1, 2, 3, 4, cookie ^ (1 << bit), 0, opening)) hits++
  for (let i = 0; i < 20_000; i++) if (cookies.check(1, 2, 3, 4, word(), 0, opening)) hits++
  for (let bit = 0; bit < 32; bit++) {
    if (cookies.check(1 ^ (1 << bit), 2, 3, 4, cookie, 0, opening)) hits++
    if (cookies.check(1, 2 ^ (1 << bit), 3, 4, cookie, 0, opening)) hits++
    if (cookies.check(1, 2, 3 ^ (1 << bit), 4, cookie, 0, opening)) hits++
    if (cookies.check(1, 2, 3, 4 ^ (1 << bit), cookie, 0, opening)) hits++
  }
  t.equal(hits, 0)
})

t.test('cookies look like chance: every bit is set half of the time', async (t) => {
  const set = new Array<number>(32).fill(0)
  for (let i = 0; i < 4000; i++) {
    const cookie = cookies.make(1, 2, i, 4, 1460, 7, true, 0)
    for (let bit = 0; bit < 32; bit++) set[bit] = (set[bit] as number) + ((cookie >>> bit) & 1)
  }
  t.same(
    set.filter((count) => count < 1800 || count > 2200),
    [],
  )
})
