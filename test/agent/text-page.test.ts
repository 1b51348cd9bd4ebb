import fc from 'fast-check'
import t from 'tap'
import type { Value } from '../../agent/store/store.ts'
import { eachLine, TextPage } from '../../agent/text-page.ts'

type Line = { readonly value: Value; readonly json: string }

function put(page: TextPage, { value, json }: Line, taken: Uint8Array[]): void {
  const bytes = Buffer.byteLength(json)
  while (!page.begin(value, bytes)) taken.push(page.take())
  page.utf8(json)
  page.end()
}

t.test('what is written is what is read, whatever its size', async () => {
  const line = fc.record({
    value: fc.constantFrom<Value>(0, 1, 2, 3),
    json: fc.oneof(
      fc.json(),
      fc.nat(200_000).map((n) => JSON.stringify('ü€😀'.repeat(n / 6))),
    ),
  })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const page = new TextPage()
      const taken: Uint8Array[] = []
      for (const one of lines) put(page, one, taken)
      taken.push(page.take())
      const read = taken.flatMap((bytes) => [...eachLine(bytes)])
      return JSON.stringify(read) === JSON.stringify(lines)
    }),
    { numRuns: 100 },
  )
})

t.test('what is taken is not written to again', async (t) => {
  const page = new TextPage()
  for (const count of [1, 1000]) {
    const first: Uint8Array[] = []
    for (let i = 0; i < count; i++) put(page, { value: 1, json: `"${i}"` }, first)
    const lines = page.take()
    const before = Buffer.from(lines).toString()
    structuredClone(lines, { transfer: [lines.buffer] })
    put(page, { value: 2, json: '"other"' }, first)
    t.same([...eachLine(page.take())], [{ value: 2, json: '"other"' }])
    t.ok(before.startsWith('1"0"\n'))
  }
})

t.test('a page that comes back is used again', async (t) => {
  const page = new TextPage()
  const put = (text: string): void => {
    page.begin(1, text.length)
    page.utf8(text)
    page.end()
  }
  put(`"${'x'.repeat(20_000)}"`)
  const lines = page.take()
  page.give(lines.buffer)
  page.give(new ArrayBuffer(7))
  put('"again"')
  t.equal(page.bytes.buffer, lines.buffer)
  t.same([...eachLine(page.take())], [{ value: 1, json: '"again"' }])
})

t.test('whole numbers as JSON writes them', async (t) => {
  const page = new TextPage()
  for (const value of [
    0,
    7,
    9,
    10,
    99,
    100,
    65_535,
    2_147_483_647,
    2_147_483_648,
    2 ** 53 - 1,
    -0,
  ]) {
    page.begin(0, 32)
    page.whole(value)
    page.end()
    t.equal([...eachLine(page.take())][0]?.json, JSON.stringify(value))
  }
})
