import t from 'tap'
import { Budget } from '../../../agent/stack/budget.ts'

t.test('so many in a window of a second, then none until it is over', async (t) => {
  const budget = new Budget(3)
  const spent = (now: number): boolean[] => [1, 2, 3, 4].map(() => budget.spend(now))
  t.same(spent(500), [true, true, true, false])
  t.same(spent(1499), [false, false, false, false])
  t.same(spent(1500), [true, true, true, false])
  t.same(spent(9_999_999), [true, true, true, false], 'nothing is saved up')
})
