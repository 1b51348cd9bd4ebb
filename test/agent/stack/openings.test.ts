import t from 'tap'
import { blankSyn, type SynFacts } from '../../../agent/fingerprint/syn.ts'
import { Openings } from '../../../agent/stack/openings.ts'
import { seeded } from './world.ts'

const random = seeded(9)
const word = (): number => random(2 ** 32) | 0
const bit = (): 0 | 1 => (random(2) === 0 ? 0 : 1)

function anySyn(): SynFacts {
  return {
    version: 4,
    source: word(),
    destination: word(),
    sourcePort: random(65_536),
    destinationPort: random(65_536),
    sequence: word(),
    acknowledgment: word(),
    window: random(65_536),
    ttl: random(256),
    ipId: random(65_536),
    dontFragment: bit(),
    urgent: random(65_536),
    flags: random(512),
    mss: random(65_536),
    scale: random(16) - 1,
    sackPermitted: bit(),
    timestamps: bit(),
    timestampValue: word(),
    optionCount: random(41),
    layoutLow: random(1 << 28),
    layoutHigh: random(1 << 28),
    optionsLength: random(41),
    payloadLength: random(65_496),
    ipOptionsLength: random(41),
    totalLength: random(65_536),
  }
}

t.test('every fact comes back', async (t) => {
  const openings = new Openings()
  for (let i = 0; i < 300; i++) {
    const syn = anySyn()
    const hash = word()
    const ports = (syn.sourcePort << 16) | syn.destinationPort
    openings.remember(hash, syn, i & 0xffff, 1000)
    const into = blankSyn()
    const recall = (sequence: number): number =>
      openings.recall(hash, syn.source, syn.destination, ports, sequence, into)
    if (recall(syn.sequence + 1) !== -1) t.fail('another sequence number')
    if (recall(syn.sequence) !== (i & 0xffff)) t.fail('the code of the scanner')
    t.same(into, syn, { diagnostic: true })
  }
})

t.test('age: from the first of its kind, through the wrap of the clock', async (t) => {
  const openings = new Openings()
  const syn = anySyn()
  t.equal(openings.age(5, syn, 0), -1)
  for (const start of [0, 1000, 2 ** 31 - 500, 2 ** 32 - 1, 2 ** 33 + 7]) {
    const one = { ...syn, sequence: word() }
    openings.remember(5, one, 0, start)
    openings.remember(5, one, 0, start + 700)
    t.equal(openings.age(5, one, start + 1000), 1000, `${start}`)
    t.equal(openings.age(5, { ...one, sourcePort: one.sourcePort ^ 1 }, start), -1)
  }
})

t.test('a slot whose visitor may still answer is not taken from it', async (t) => {
  const openings = new Openings()
  const [first, second, third] = [anySyn(), anySyn(), anySyn()]
  t.ok(openings.remember(5, first, 0, 1000))
  t.ok(openings.remember(5, second, 0, 1001), 'nothing was promised to the first')
  openings.promise(5, 77)
  t.notOk(openings.remember(5, third, 0, 1002))
  t.ok(openings.age(5, second, 1002) >= 0, 'and stays')
  t.ok(openings.remember(5, second, 0, 1003), 'its own repetition')
  t.equal(openings.isn(5), 77)
  t.ok(
    openings.remember(5, { ...second, sequence: second.sequence + 9 }, 0, 1004),
    'or another try',
  )
  openings.promise(5, 78)
  t.ok(openings.remember(5, third, 0, 1004 + 3001), 'not for ever')
  openings.promise(5, 79)
  openings.settle(5)
  t.ok(openings.remember(5, first, 0, 5000), 'nor when its handshake is over')
})
