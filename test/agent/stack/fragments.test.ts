import t from 'tap'
import { Fragments } from '../../../agent/stack/fragments.ts'
import { MAX_DATAGRAMS } from '../../../agent/stack/reassembly.ts'
import { blankIpv4, type Ipv4 } from '../../../agent/wire/ipv4.ts'
import { seeded } from './world.ts'

const fragment = (offset: number, length: number, more: boolean, id = 1, source = 1): Ipv4 => ({
  ...blankIpv4(),
  payload: 3,
  payloadBytes: length,
  fragmentOffset: offset,
  moreFragments: more,
  id,
  source,
  destination: 2,
  protocol: 6,
})

t.test('any cut, any order', async (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed)
    const length = 9 + random(8000)
    const whole = Uint8Array.from({ length }, () => random(256))
    const cuts = [0]
    while ((cuts.at(-1) as number) < length && cuts.length < 60)
      cuts.push(Math.min((cuts.at(-1) as number) + 8 * (1 + random(100)), length))
    cuts[cuts.length - 1] = length
    const ranges = cuts.slice(1).map((end, i) => [cuts[i] as number, end] as const)
    ranges.sort(() => random(3) - 1)
    const fragments = new Fragments()
    const done = ranges.map(([start, end], i) => {
      const bytes = new Uint8Array(3 + end - start)
      bytes.set(whole.subarray(start, end), 3)
      const id = 1
      // Another visitor's datagram of the same number is another's.
      fragments.add(fragment(start, end - start, end < length, id, 9), new Uint8Array(99999), i)
      return fragments.add(fragment(start, end - start, end < length, id), bytes, i)
    })
    const result = done.pop()
    if (done.some((one) => one !== undefined)) t.fail(`seed ${seed}: whole too early`)
    if (result === undefined || !Buffer.from(result).equals(whole)) t.fail(`seed ${seed}`)
  }
  t.pass('300 datagrams')
})

/** Adds in order; what the last gives. */
function last(...parts: Ipv4[]): { bytes: Uint8Array | undefined; dropped: number } {
  const fragments = new Fragments()
  let bytes: Uint8Array | undefined
  for (const part of parts) bytes = fragments.add(part, new Uint8Array(70_000), 0)
  return { bytes, dropped: fragments.dropped }
}

t.test('what is refused', async (t) => {
  const rows: [string, Ipv4[], dropped: number][] = [
    ['empty', [fragment(0, 0, true)], 1],
    ['not a multiple of 8', [fragment(0, 9, true)], 1],
    ['beyond 64 KiB', [fragment(65_528, 8, false)], 1],
    ['the same twice', [fragment(0, 8, true), fragment(0, 8, true)], 1],
    ['overlap at the front', [fragment(8, 16, true), fragment(0, 16, true)], 1],
    ['overlap at the back', [fragment(0, 16, true), fragment(8, 16, false)], 1],
    ['one inside another', [fragment(0, 24, true), fragment(8, 8, true)], 1],
    ['one around another', [fragment(8, 8, true), fragment(0, 24, true)], 1],
    ['two ends', [fragment(8, 8, false), fragment(16, 8, false)], 1],
    ['behind the end', [fragment(8, 8, false), fragment(24, 8, true)], 1],
    ['end before what is there', [fragment(24, 8, true), fragment(8, 8, false)], 1],
    ['a gap', [fragment(0, 8, true), fragment(16, 8, false)], 0],
  ]
  for (const [name, parts, dropped] of rows)
    t.same(last(...parts), { bytes: undefined, dropped }, name)
  t.equal(last(fragment(8, 8, false), fragment(0, 8, true)).bytes?.length, 16, 'and what is not')
})

t.test('too many at once: the oldest gives way', async (t) => {
  const fragments = new Fragments()
  const bytes = new Uint8Array(99)
  for (let id = 0; id <= MAX_DATAGRAMS; id++) fragments.add(fragment(0, 8, true, id), bytes, id)
  t.equal(fragments.dropped, 1)
  t.equal(fragments.add(fragment(8, 8, false, 0), bytes, 99), undefined)
  t.equal(fragments.add(fragment(8, 8, false, 30), bytes, 99)?.length, 16)
})
