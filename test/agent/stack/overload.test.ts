import t from 'tap'
import { Overload } from '../../../agent/stack/overload.ts'
import { Stack } from '../../../agent/stack/stack.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { tcpFrame } from './frames.ts'
import { address, options, seeded, TestLink, TestWorld } from './world.ts'

t.test('begins when too much has waited for a while, ends when little does', async (t) => {
  const overload = new Overload()
  const feel = (backlog: number, now: number): boolean => {
    overload.feel(backlog, now)
    return overload.on
  }
  t.notOk(feel(0.9, 1000), 'a sweep is answered whole')
  t.notOk(feel(0.9, 1999))
  t.ok(feel(0.9, 2000))
  t.ok(feel(0.2, 2100), 'between the marks it goes on')
  t.notOk(feel(0.1, 2200))
  t.notOk(feel(0.9, 2300), 'and begins anew')
})

t.test('a repetition is known for two seconds, a stranger hardly ever', async (t) => {
  const random = seeded(3)
  const overload = new Overload()
  t.notOk(overload.repeated(1, 2, 0))
  t.ok(overload.repeated(1, 2, 1000))
  t.notOk(overload.repeated(1, 3, 1000), 'another sequence number')
  let taken = 0
  for (let i = 0; i < 500_000; i++)
    if (overload.repeated(random(2 ** 32) | 0, random(2 ** 32) | 0, 1500)) taken++
  t.ok(taken < 5_000, `${taken} of 500,000 strangers`)
  t.ok(overload.repeated(1, 2, 3000), 'in the next generation too')
  t.notOk(overload.repeated(7, 7, 3000))
  t.notOk(overload.repeated(7, 7, 20_000), 'not for ever')
})

t.test('under overload a first SYN is counted, and its repetition answered', async (t) => {
  let sent = 0
  const link = Object.assign(new TestLink(() => void sent++), { backlog: 0.5 })
  const stack = new Stack(link, new TestWorld(), options(), 0)
  const syn = (source: number, sequence: number, now: number): number => {
    const before = sent
    const ports = { sourcePort: 40_000, destinationPort: 80 }
    const frame = tcpFrame({ ...ports, source, sequence, flags: tcp.SYN, options: 'mss 1460' })
    stack.receive(frame, 0, frame.length, true, now)
    return sent - before
  }
  const visitor = address('192.0.2.7')
  t.equal(syn(visitor, 1, 0), 1, 'not yet')
  for (const now of [0, 1000]) stack.flush(now)
  t.equal(syn(visitor, 100, 1000), 0)
  t.equal(syn(visitor, 100, 2000), 1)
  t.equal(stack.stats.synsShed, 1)
  link.backlog = 0
  stack.flush(2100)
  t.equal(syn(address('192.0.2.8'), 1, 2100), 1, 'it is over')
})
