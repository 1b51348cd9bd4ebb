import t from 'tap'
import { Assembler, PIECE_OVERHEAD_BYTES } from '../../../agent/stack/assembler.ts'
import { CLOSED, Connection, type Owner } from '../../../agent/stack/connection.ts'
import { PERSONA } from '../../../agent/stack/doors.ts'
import { Held } from '../../../agent/stack/held.ts'
import { Host } from '../../../agent/stack/host.ts'
import { LOCAL, LOCAL_MAC, persona, seeded } from './world.ts'

const host = new Host(LOCAL, undefined, persona(), LOCAL_MAC, 0)
const BYTES = new Uint8Array(5000)

function connections(held: Held, count: number): Connection[] {
  const owner: Owner = {
    touch: () => undefined,
    abort: () => undefined,
    settle: (c) => held.settle(c),
    flowId: () => '',
    signature: () => '',
    scanner: () => '',
  }
  return Array.from(
    { length: count },
    (_, i) => new Connection(owner, host, i, undefined, 0, i, 80, i, i, 0, PERSONA, 0),
  )
}

t.test('against the sum', async (t) => {
  const random = seeded(5)
  const held = new Held()
  const all = connections(held, 40)
  for (let step = 0; step < 20_000; step++) {
    const c = all[random(all.length)] as Connection
    const dice = random(8)
    if (c.state === CLOSED) c.state = 0
    else if (dice === 0) c.state = CLOSED
    else if (dice < 3) c.take()
    else if (dice === 3) c.queue = undefined
    else if (dice === 4) c.write(BYTES.subarray(random(5000)))
    else c.deliver(BYTES, 0, random(2000))
    held.settle(c)
    const sum = all.reduce((total, one) => total + one.held, 0)
    if (held.bytes !== sum) t.fail(`step ${step}: ${held.bytes} of ${sum}`)
    const victim = held.leastValuable()
    if ((victim === undefined) !== (sum === 0)) t.fail(`step ${step}: nobody to give up`)
    if (victim !== undefined && victim.held === 0) t.fail(`step ${step}: who holds nothing`)
  }
  for (let c = held.leastValuable(); c !== undefined; c = held.leastValuable()) {
    c.state = CLOSED
    held.settle(c)
  }
  t.equal(held.bytes, 0)
})

t.test(
  'what is given up: the ended, then the silent, then the longest idle; never who holds nothing',
  async (t) => {
    const held = new Held()
    const all = connections(held, 5)
    const [empty, talking, recent, silent, ended] = all as [
      Connection,
      Connection,
      Connection,
      Connection,
      Connection,
    ]
    for (const c of [talking, recent, silent, ended]) c.deliver(BYTES, 0, 10)
    talking.lastActivity = 10
    recent.lastActivity = 500
    silent.bytesIn = 0
    silent.lastActivity = 900
    ended.lastActivity = 1000
    ended.ending = 'fin'
    for (const c of all) held.settle(c)
    t.equal(empty.held, 0)
    for (const expected of [ended, silent, talking, recent, undefined]) {
      t.equal(held.leastValuable(), expected)
      expected?.take()
    }
  },
)

t.test('pieces out of order are counted with what they cost', async (t) => {
  const assembler = new Assembler()
  t.equal(assembler.bytes, 0)
  assembler.add(10, BYTES, 0, 100)
  assembler.add(50, BYTES, 0, 100)
  t.equal(assembler.bytes, 140 + 2 * PIECE_OVERHEAD_BYTES)
  assembler.next(10)
  t.equal(assembler.bytes, 40 + PIECE_OVERHEAD_BYTES)
  assembler.next(110)
  t.equal(assembler.bytes, 0)
})
