import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { ConnectionText } from '../../agent/connection-text.ts'
import { connectionEvent, type Stamp, worthOf } from '../../agent/report.ts'
import type { Ending, Flow } from '../../agent/stack/flow.ts'
import { eachLine, TextPage } from '../../agent/text-page.ts'
import { persona } from './stack/world.ts'

const FIRST_MS = Date.UTC(2026, 10, 24, 15)
const ENDINGS: readonly (Ending | undefined)[] = [undefined, 'fin', 'reset', 'unreachable']
const SIGNATURES = ['', '4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0'] as const

const stampAt = (now: () => number): Stamp => ({
  sensor: 'lab-1',
  id: (ms) => `01K${String(ms).padStart(23, '0')}`,
  now,
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
})

const who = [persona(), { ...persona(), id: 'zwölf "und"' }]
const flow = fc.record({
  remote: fc.record({
    address: fc.constantFrom('192.0.2.7', '2001:db8::1', '255.255.255.255'),
    port: fc.integer({ min: 0, max: 65_535 }),
  }),
  local: fc.record({
    address: fc.constantFrom('198.51.100.3', '2001:db8::2'),
    port: fc.integer({ min: 0, max: 65_535 }),
  }),
  bytesIn: fc.oneof(fc.nat(1000), fc.nat(), fc.maxSafeNat()),
  bytesOut: fc.oneof(fc.nat(1000), fc.nat(), fc.maxSafeNat()),
  ending: fc.constantFrom(...ENDINGS),
  door: fc.constantFrom('persona', 'demand', 'gate', 'all'),
  signature: fc.constantFrom(...SIGNATURES),
  scanner: fc.constantFrom('', 'masscan', 'irregular-no-options'),
  persona: fc.constantFrom(...who),
  id: fc.constantFrom('0123456789abcdef', 'ffffffff00000000'),
}) as fc.Arbitrary<Pick<Flow, Told>> as fc.Arbitrary<Flow>
type Told = 'remote' | 'local' | 'bytesIn' | 'bytesOut' | 'ending' | 'door' | 'signature'

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 250, maxLength: 300 }),
  fc.constantFrom(...['"', '\\', '\n', '\x7f', '~ ', ''].map((text) => Buffer.from(text))),
)

t.test('the text is that of the object, event after event on one page', async () => {
  let now = FIRST_MS
  const stamp = stampAt(() => now)
  const texts = new ConnectionText(stamp)
  const page = new TextPage()
  fc.assert(
    fc.property(
      flow,
      payload,
      fc.oneof(fc.nat(5000), fc.double({ min: 0, max: 1e10, noNaN: true })),
      fc.nat(3000),
      (flow, payload, durationMs, later) => {
        now += later
        while (!texts.write(page, flow, 'generic', payload, durationMs)) page.take()
        const lines = [...eachLine(page.take())]
        const event = connectionEvent(stamp, flow, 'generic', payload, durationMs)
        return (
          lines.length === 1 &&
          lines[0]?.value === worthOf(event) &&
          lines[0]?.json === JSON.stringify(event)
        )
      },
    ),
    { numRuns: 3000 },
  )
})

t.test('every byte of a payload', async (t) => {
  const stamp = stampAt(() => FIRST_MS)
  const texts = new ConnectionText(stamp)
  const page = new TextPage()
  const [one] = fc.sample(flow, { numRuns: 1, seed: 1 })
  if (one === undefined) throw new Error('no flow')
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  texts.write(page, one, 'generic', all, 1)
  t.equal(
    [...eachLine(page.take())][0]?.json,
    JSON.stringify(connectionEvent(stamp, one, 'generic', all, 1)),
  )
})

t.test('a full page is refused, not overrun', async (t) => {
  const texts = new ConnectionText(stampAt(() => FIRST_MS))
  const page = new TextPage()
  const [one] = fc.sample(flow, { numRuns: 1, seed: 1 })
  if (one === undefined) throw new Error('no flow')
  const worst = new Uint8Array(256).fill(1)
  let written = 0
  while (texts.write(page, one, 'generic', worst, 1)) written++
  t.ok(written > 20, `${written} on a page`)
  const lines = page.take()
  t.equal([...eachLine(lines)].length, written)
  t.equal(page.at, 0)
  t.ok(texts.write(page, one, 'generic', worst, 1), 'and the next page takes it')
})
