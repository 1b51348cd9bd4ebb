import fc from 'fast-check'
import t from 'tap'
import { line } from '../../agent/commands/event-line.ts'
import type { SensorEvent } from '../../agent/event.ts'

const base: SensorEvent = {
  '@timestamp': '2026-11-24T15:00:00.123Z',
  event: { id: '0', action: 'credential', kind: 'event', category: ['network'], severity: 3 },
  observer: { name: 'ship', type: 'honeypot' },
  source: { ip: '192.0.2.7', port: 51_234 },
  destination: { ip: '198.51.100.3', port: 22 },
  network: { transport: 'tcp', protocol: 'ssh' },
  cuttle: { identity: 'i', persona: 'dvr-jaws' },
}

t.test('what a person wants to know', async (t) => {
  const login: SensorEvent = {
    ...base,
    user: { name: 'root' },
    cuttle: { ...base.cuttle, credential: { method: 'password', secret: 'toor', accepted: false } },
  }
  t.equal(line(login), '15:00:00  credential  192.0.2.7:51234 → 22  ssh  root:toor\n')
})

t.test('whatever a visitor sends is one short visible line', async () => {
  const nasty = fc.string({ unit: 'binary', maxLength: 600 })
  const special = fc.constantFrom(
    '\x1b[2J',
    '\u202e',
    '\u2066',
    '\u061c',
    '\u2028',
    '\x9b',
    '\ud800',
    '\u200b',
    '\ufeff',
    '\u3164',
    '\n',
    '\r',
  )
  const text = fc.array(fc.oneof(nasty, special)).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, text, (name, command) => {
      const said = line({ ...base, user: { name }, process: { command_line: command } })
      return (
        said.length <= 401 &&
        said.isWellFormed() &&
        said.endsWith('\n') &&
        !/[\p{C}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u.test(
          said.slice(0, -1),
        )
      )
    }),
  )
})
