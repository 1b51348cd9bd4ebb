import fc from 'fast-check'
import t from 'tap'
import { Fragments6 } from '../../../agent/stack/fragments6.ts'
import { MAX_DATAGRAMS, MAX_HELD_BYTES } from '../../../agent/stack/reassembly.ts'
import { blankIpv6, type Ipv6 } from '../../../agent/wire/ipv6.ts'

const piece = (offset: number, length: number, more: boolean, id = 1, protocol = 17): Ipv6 => ({
  ...blankIpv6(),
  payload: 3,
  payloadBytes: length,
  fragmentOffset: offset,
  moreFragments: more,
  id,
  protocol,
})

t.test('any cut, any order, with another visitor between', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 9, maxLength: 4000 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 50 }),
      fc.infiniteStream(fc.nat()),
      (whole, steps, order) => {
        const cuts = [0]
        for (const step of steps)
          cuts.push(Math.min((cuts.at(-1) as number) + 8 * step, whole.length))
        cuts.push(whole.length)
        const ranges = [...new Set(cuts)]
          .map((start, i, all) => ({
            start,
            end: all[i + 1] ?? start,
            at: order.next().value ?? 0,
          }))
          .filter(({ start, end }) => end > start)
          .sort((a, b) => a.at - b.at)
        const fragments = new Fragments6()
        const done = ranges.map(({ start, end }, i) => {
          const more = end < whole.length
          const ip = piece(start, end - start, more, 7, start === 0 ? 6 : 99)
          const bytes = new Uint8Array(3 + end - start)
          bytes.set(whole.subarray(start, end), 3)
          fragments.add(ip, 9, 2, new Uint8Array(5000), i)
          return fragments.add(ip, 1, 2, bytes, i)
        })
        const result = done.pop()
        return (
          done.every((one) => one === undefined) &&
          result !== undefined &&
          Buffer.compare(result, whole) === 0 &&
          fragments.protocol === 6 &&
          fragments.heldBytes === 0
        )
      },
    ),
    { numRuns: 300 },
  )
})

/** Adds in order; what the last gives. */
function last(...parts: Ipv6[]): { bytes: number | undefined; dropped: number; held: number } {
  const fragments = new Fragments6()
  let bytes: number | undefined
  for (const part of parts) bytes = fragments.add(part, 1, 2, new Uint8Array(70_000), 0)?.length
  return { bytes, dropped: fragments.dropped, held: fragments.heldBytes }
}

t.test('what is refused', async (t) => {
  const rows: [string, Ipv6[]][] = [
    ['empty', [piece(0, 0, true)]],
    ['not a multiple of 8', [piece(0, 9, true)]],
    ['beyond 64 KiB', [piece(65_528, 8, false)]],
    ['the same twice', [piece(0, 8, true), piece(0, 8, true)]],
    ['overlap at the front', [piece(8, 16, true), piece(0, 16, true)]],
    ['overlap at the back', [piece(0, 16, true), piece(8, 16, false)]],
    ['one inside another', [piece(0, 24, true), piece(8, 8, true)]],
    ['two ends', [piece(8, 8, false), piece(16, 8, false)]],
    ['behind the end', [piece(8, 8, false), piece(24, 8, true)]],
    ['end before what is there', [piece(24, 8, true), piece(8, 8, false)]],
  ]
  for (const [name, parts] of rows)
    t.same(last(...parts), { bytes: undefined, dropped: 1, held: 0 }, name)
  t.same(last(piece(0, 65_528, true), piece(65_528, 7, false)).bytes, 65_535, 'the longest')
  t.same(
    last(piece(0, 16, true), piece(8, 16, false), piece(16, 8, false)),
    { bytes: undefined, dropped: 1, held: 8 },
    'the rest of a condemned datagram makes no whole',
  )
})

t.test('all 32 bits of the id, and the names of both ends, make a datagram', async (t) => {
  const fragments = new Fragments6()
  const bytes = new Uint8Array(99)
  fragments.add(piece(0, 8, true, 0x10001), 1, 2, bytes, 0)
  for (const [id, source, destination] of [
    [1, 1, 2],
    [0x10001, 3, 2],
    [0x10001, 1, 3],
  ] as const)
    t.equal(fragments.add(piece(8, 8, false, id), source, destination, bytes, 0), undefined)
  t.equal(fragments.add(piece(8, 8, false, 0x10001, 6), 1, 2, bytes, 0)?.length, 16)
  t.equal(fragments.protocol, 17, 'the first piece says what it is (RFC 8200 4.5)')
})

t.test('60 seconds', async (t) => {
  for (const [later, length] of [
    [59_999, 16],
    [60_000, undefined],
  ] as const) {
    const fragments = new Fragments6()
    fragments.add(piece(0, 8, true), 1, 2, new Uint8Array(99), 5)
    const whole = fragments.add(piece(8, 8, false), 1, 2, new Uint8Array(99), 5 + later)
    t.equal(whole?.length, length)
    t.equal(fragments.dropped, length === undefined ? 1 : 0)
  }
})

t.test('bounds: the oldest gives way', async (t) => {
  const many = new Fragments6()
  const bytes = new Uint8Array(66_000)
  for (let id = 0; id <= MAX_DATAGRAMS; id++) many.add(piece(0, 8, true, id), 1, 2, bytes, id)
  t.equal(many.dropped, 1)
  t.equal(many.heldBytes, 8 * MAX_DATAGRAMS)
  t.equal(many.add(piece(8, 8, false, 30), 1, 2, bytes, 99)?.length, 16)
  t.equal(many.add(piece(8, 8, false, 0), 1, 2, bytes, 99), undefined)

  const large = new Fragments6()
  for (let id = 0; id < 40; id++) {
    large.add(piece(0, 65_000, true, id), 1, 2, bytes, 0)
    if (large.heldBytes > MAX_HELD_BYTES) t.fail(`${large.heldBytes} bytes`)
  }
  t.equal(large.heldBytes, Math.floor(MAX_HELD_BYTES / 65_000) * 65_000)
  t.equal(large.add(piece(65_000, 8, false, 39), 1, 2, bytes, 0)?.length, 65_008)

  const small = new Fragments6()
  for (let i = 0; i < 65; i++) small.add(piece(16 * i, 8, true), 1, 2, bytes, 0)
  t.same([small.dropped, small.heldBytes], [1, 0], 'in pieces')
})

t.test('any pieces: never an exception, never more than the bounds', async () => {
  const part = fc.tuple(
    fc.integer({ min: 0, max: 0x1fff }),
    fc.integer({ min: 0, max: 200 }),
    fc.boolean(),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 30_000 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
      const fragments = new Fragments6()
      const bytes = new Uint8Array(300)
      let now = 0
      for (const [offset, length, more, id, pause] of parts) {
        now += pause
        fragments.add(piece((offset % 20) * 8, length, more, id), 1, 2, bytes, now)
      }
      return fragments.heldBytes >= 0 && fragments.heldBytes <= 4 * 64 * 200
    }),
    { numRuns: 300 },
  )
})
