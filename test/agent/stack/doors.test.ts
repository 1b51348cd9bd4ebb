import t from 'tap'
import type { SynFacts } from '../../../agent/fingerprint/syn.ts'
import {
  ALL,
  CLOSED,
  DEMAND,
  type DoorCode,
  type DoorMode,
  Doors,
  doorName,
  GATE,
  PERSONA,
  SILENT,
} from '../../../agent/stack/doors.ts'
import { Openings } from '../../../agent/stack/openings.ts'
import { syn } from '../fingerprint/syn.ts'
import { persona } from './world.ts'

const KERNEL = 'mss,sok,ts,nop,ws'
const HOUR = 3_600_000

/** Doors with a memory of SYNs, as the stack has them; visitors are numbers. */
class Gate {
  readonly #doors: Doors
  readonly #openings = new Openings()
  now = 1000
  who = persona()

  constructor(mode: DoorMode = 'gated', gatesPerSource = 4, gatesPerIdentity = 60) {
    this.#doors = new Doors(mode, { gatesPerSource, gatesPerIdentity })
  }

  send(facts: SynFacts): DoorCode {
    const hash = Math.imul(facts.source, 0x9e3779b1) ^ facts.destinationPort ^ facts.sequence
    const age = this.#openings.age(hash, facts, this.now)
    const door = this.#doors.decide(this.who, facts.source, facts, age, this.now)
    this.#openings.remember(hash, facts, 0, this.now)
    return door
  }

  /** The same SYN twice, `gap` ms apart: what each met. */
  twice(facts: SynFacts, gap = 1000): [DoorCode, DoorCode] {
    const first = this.send(facts)
    this.now += gap
    return [first, this.send(facts)]
  }

  entered(source: number, port: number): DoorCode {
    return this.#doors.entered(this.who, source, source, port, this.now)
  }
}

const at = (port: number, source = 1, sequence = port): SynFacts =>
  syn({ destinationPort: port, source, sequence, dontFragment: 1 }, KERNEL)

t.test('the persona speaks first', async (t) => {
  for (const mode of ['gated', 'strict', 'all'] as const) {
    const gate = new Gate(mode)
    t.equal(gate.send(at(80)), PERSONA, mode)
    t.equal(gate.entered(1, 80), PERSONA, mode)
  }
  t.equal(new Gate('gated').send(at(8080)), DEMAND)
  t.equal(new Gate('gated').entered(1, 8080), DEMAND)
  t.equal(new Gate('strict').send(at(8080)), SILENT)
  t.equal(new Gate('strict').entered(1, 8080), SILENT)
  t.equal(new Gate('gated').send(at(113)), CLOSED)
  t.equal(new Gate('strict').send(at(113)), CLOSED)
  t.equal(new Gate('all').send(at(113)), ALL)
  t.equal(new Gate('all').send(at(40_404)), ALL)
  t.equal(new Gate('all').entered(1, 40_404), ALL)
  t.same(
    ([PERSONA, DEMAND, GATE, ALL] as const).map((code) => doorName(code)),
    ['persona', 'demand', 'gate', 'all'],
  )
})

t.test('one SYN meets silence, a kernel that repeats it is let in', async (t) => {
  const gate = new Gate()
  t.equal(gate.entered(1, 9999), SILENT, 'not before')
  t.same(gate.twice(at(9999)), [SILENT, GATE])
  t.equal(gate.entered(1, 9999), GATE)
  t.equal(gate.entered(2, 9999), SILENT, 'only who has knocked')
  t.equal(gate.entered(1, 9998), SILENT, 'only where')
  gate.now += 60_000
  t.equal(gate.send(at(9999, 1, 77)), GATE, 'a door once shown stays: another SYN, at once')
  gate.now += HOUR
  t.equal(gate.send(at(9999, 1, 78)), SILENT, 'for an hour')
  t.equal(gate.entered(1, 9999), SILENT)
})

t.test('the timing of a kernel', async (t) => {
  const rows: [ms: number, DoorCode][] = [
    [0, SILENT],
    [200, SILENT],
    [799, SILENT],
    [800, GATE],
    [1000, GATE],
    [3000, GATE],
    [7000, GATE],
    [8000, GATE],
    [8001, SILENT],
    [20_000, SILENT],
  ]
  for (const [ms, door] of rows) t.same(new Gate().twice(at(9999), ms), [SILENT, door], `${ms} ms`)
  const gate = new Gate()
  gate.send(at(9999))
  gate.now += 100
  t.equal(gate.send(at(9999)), SILENT, 'too early')
  gate.now += 900
  t.equal(gate.send(at(9999)), GATE, 'the time counts from the first')
})

t.test('the segment of a kernel', async (t) => {
  const base = { destinationPort: 9999, source: 1 }
  const rows: [string, SynFacts, DoorCode][] = [
    ['Linux', syn({ ...base, dontFragment: 1 }, 'mss,sok,ts,nop,ws'), GATE],
    ['Windows', syn({ ...base, dontFragment: 1 }, 'mss,nop,ws,nop,nop,sok'), GATE],
    ['small devices', syn({ ...base, dontFragment: 1 }, 'mss,sok'), GATE],
    ['masscan', syn({ ...base }, 'mss'), SILENT],
    ['masscan with DF', syn({ ...base, dontFragment: 1 }, 'mss'), SILENT],
    ['nmap', syn({ ...base }, 'mss'), SILENT],
    ['no options', syn({ ...base, dontFragment: 1 }), SILENT],
    ['without DF', syn({ ...base }, 'mss,sok,ts,nop,ws'), SILENT],
    ['without MSS', syn({ ...base, dontFragment: 1 }, 'sok,ts,nop,ws'), SILENT],
  ]
  for (const [name, facts, door] of rows) t.same(new Gate().twice(facts), [SILENT, door], name)
  const gate = new Gate()
  gate.send(at(9999, 1, 5))
  gate.now += 1000
  t.equal(gate.send(at(9999, 1, 6)), SILENT, 'another sequence number is another connection')
})

t.test('a scanner gets none: more than 20 silent ports in ten minutes', async (t) => {
  const scanned = (ports: number): Gate => {
    const gate = new Gate()
    for (let i = 0; i < ports; i++) gate.send(at(1000 + i))
    return gate
  }
  t.same(scanned(19).twice(at(9999)), [SILENT, GATE], '20 with this one')
  t.same(scanned(20).twice(at(9999)), [SILENT, SILENT], '21 with this one')
  t.same(scanned(500).twice(at(9999)), [SILENT, SILENT])
  t.same(scanned(20).twice(at(9999, 2)), [SILENT, GATE], 'another source')
  const again = scanned(20)
  for (let i = 0; i < 20; i++) again.send(at(1000 + i, 1, 50_000 + i))
  t.same(again.twice(at(1019, 1, 9)), [SILENT, GATE], 'the same 20 ports again are 20 ports')
  const later = scanned(500)
  later.now += 600_000
  t.same(later.twice(at(9999)), [SILENT, GATE], 'and forgotten')
  const shown = new Gate()
  for (let i = 0; i < 30; i++) shown.send(at(i % 2 === 0 ? 80 : 113, 1, i))
  t.same(shown.twice(at(9999)), [SILENT, GATE], 'ports that answered do not count')
})

t.test('a budget for each source', async (t) => {
  const gate = new Gate('gated', 2)
  t.same(gate.twice(at(9001)), [SILENT, GATE])
  t.same(gate.twice(at(9002)), [SILENT, GATE])
  t.same(gate.twice(at(9003)), [SILENT, SILENT])
  t.same(gate.twice(at(9003, 2)), [SILENT, GATE], 'another source')
  t.equal(gate.send(at(9001, 1, 4)), GATE, 'what is open stays open')
  gate.now += HOUR
  t.same(gate.twice(at(9003, 1, 5)), [SILENT, GATE], 'an hour later')
  const many = new Gate('gated', 1000, 1000)
  let opened = 0
  for (let i = 0; i < 20; i++) {
    many.now += 600_000 / 15
    if (many.twice(at(9000 + i))[1] === GATE) opened++
  }
  t.equal(opened, 16, 'never more than the table holds')
})

t.test('a budget for each identity', async (t) => {
  const gate = new Gate('gated', 4, 3)
  for (const source of [1, 2, 3]) t.same(gate.twice(at(9001, source)), [SILENT, GATE])
  t.same(gate.twice(at(9001, 4)), [SILENT, SILENT])
  gate.who = persona('linux', 'the next one')
  t.same(gate.twice(at(9001, 5)), [SILENT, GATE], 'another identity')
  gate.who = persona()
  gate.now += HOUR
  t.same(gate.twice(at(9001, 6)), [SILENT, GATE], 'an hour later')
  t.same(new Gate('gated', 4, 0).twice(at(9001)), [SILENT, SILENT], 'none at all')
})

t.test('where all-port detectors look there is no gate', async (t) => {
  const rows: [port: number, DoorCode][] = [
    [32_767, GATE],
    [32_768, SILENT],
    [45_000, SILENT],
    [60_999, SILENT],
    [61_000, GATE],
    [34_567, GATE],
    [37_215, GATE],
    [49_152, GATE],
    [52_869, GATE],
    [60_001, GATE],
  ]
  for (const [port, door] of rows) t.same(new Gate().twice(at(port)), [SILENT, door], `${port}`)
})

t.test('strict has no gate', async (t) => {
  t.same(new Gate('strict').twice(at(9999)), [SILENT, SILENT])
  t.equal(new Gate('strict').entered(1, 9999), SILENT)
})

t.test('two sources in one slot: the newcomer takes it over, and inherits nothing', async (t) => {
  const gate = new Gate()
  t.same(gate.twice(at(9999, 5)), [SILENT, GATE])
  t.equal(gate.send(at(9999, 5 + 8192)), SILENT)
  t.equal(gate.entered(5 + 8192, 9999), SILENT)
  t.equal(gate.entered(5, 9999), SILENT)
})
