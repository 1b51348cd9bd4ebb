import { fileURLToPath } from 'node:url'
import t from 'tap'
import { dialogue } from '../../protocols/dialogue/index.ts'
import { MAX_MESSAGES } from '../../protocols/dialogue/server.ts'
import { runTalks } from '../talk/runner.ts'
import { identity, serveVisit } from '../talk/session.ts'

runTalks(t, dialogue, fileURLToPath(new URL('../talks/dialogue', import.meta.url)))

async function heard(settings: unknown, said: readonly string[] = [], who = identity()) {
  const pieces = said.map((text) => Buffer.from(text, 'latin1'))
  return serveVisit(dialogue.service(settings, who), { pieces, identity: who })
}

t.test('fresh bytes are fresh on every use and never zero', async (t) => {
  const settings = { greeting: { random: 4000 }, otherwise: { random: 32 } }
  const seen = new Set<string>()
  for (let visit = 0; visit < 2; visit++) {
    const { replies } = await heard(settings, ['a', 'b'])
    t.equal(replies.length, 4064)
    t.notOk(replies.includes(0))
    for (const at of [0, 4000, 4032]) seen.add(replies.toString('hex', at, at + 32))
  }
  t.equal(seen.size, 6)
})

t.test("the identity's own bytes stay, and are no other identity's", async (t) => {
  const settings = { greeting: ['<', { secret: 'guid', bytes: 16 }, '>'] }
  const [once, again, other] = await Promise.all([
    heard(settings),
    heard(settings),
    heard(settings, [], identity('other')),
  ])
  t.equal(once.replies.length, 18)
  t.strictSame(once.replies, again.replies)
  t.notSame(once.replies, other.replies)
  t.notSame(once.replies.subarray(1, 17), identity().secret('guid', 16), 'a name space of its own')
})

t.test('names and dates', async (t) => {
  const parts = ['as-is', 'lower', 'upper'].flatMap((hostname) => [{ hostname }, ' '])
  const { replies } = await heard({ greeting: parts }, [], identity('Mail-01'))
  t.equal(String(replies), 'Mail-01 mail-01 MAIL-01 ')
  const at = (date: string) => heard({ greeting: { date } }, []).then((a) => String(a.replies))
  t.equal(await at('rfc5322'), 'Sun, 06 Nov 1994 08:49:37 +0000')
  t.equal(await at('asctime'), 'Sun Nov  6 08:49:37 1994')
})

t.test("the visitor's own bytes", async (t) => {
  const settings = {
    greeting: { echo: { at: 0, bytes: 2 } },
    rules: [
      { starts: { hex: '05??03' }, say: ['<', { echo: { at: 2, bytes: 4 } }, '>'] },
      { starts: 'GET', say: { field: 'x-id' } },
    ],
    otherwise: '?',
  }
  const { replies } = await heard(settings, ['\x05\x99\x03abc', '\x05\x00\x03', '\x05\x00\x04'])
  t.equal(replies.toString('latin1'), '\0\0<\x03abc><\x03\0\0\0>?')
  const long = `GET\r\nX-Id: \x07${'z'.repeat(70)}\r\n`
  t.equal(String((await heard(settings, [long])).replies), `\0\0${'z'.repeat(64)}`)
})

t.test('a password is a credential, with the name that went before it', async (t) => {
  const rules = [
    { starts: 'USER ', credential: 'user', say: '331\r\n' },
    { starts: 'PASS', credential: 'password', say: '530\r\n' },
  ]
  const { observations } = await heard({ lines: true, rules }, [
    `PASS\r\nuser bob\r\nPASS ${'p'.repeat(300)}\r\n`,
  ])
  const credential = { kind: 'credential', method: 'password', accepted: false }
  t.strictSame(observations, [
    { ...credential, user: '', secret: '' },
    { kind: 'command', text: 'user bob' },
    { ...credential, user: 'bob', secret: 'p'.repeat(256) },
  ])
})

t.test('without settings it reads, reports and says nothing', async (t) => {
  const { replies, observations } = await heard(undefined, ['\x16\x03\x01\0\\', 'A'.repeat(300)])
  t.equal(replies.length, 0)
  t.strictSame(observations, [
    { kind: 'command', text: '\\x16\\x03\\x01\\x00\\\\' },
    { kind: 'command', text: 'A'.repeat(256) },
  ])
})

t.test('no session is for ever', async (t) => {
  const { replies, closed } = await heard({ lines: true, otherwise: '.' }, [
    'x\n'.repeat(MAX_MESSAGES + 5),
  ])
  t.equal(replies.length, MAX_MESSAGES)
  t.ok(closed)
})

t.test('a faulty setting is named at load', async (t) => {
  const rule = { starts: 'A', say: 'B' }
  const rows: [unknown, RegExp][] = [
    ['text', /^dialogue: an object/],
    [{ greetings: '' }, /^dialogue\.greetings: no such key/],
    [{ greeting: 5 }, /^greeting: an object/],
    [{ greeting: '\u20ac' }, /^greeting: text is latin1/],
    [{ greeting: ['x', { hex: 'abc' }] }, /^greeting\[1\]\.hex: /],
    [{ greeting: { hex: '00', say: '' } }, /^greeting\.say: no such key/],
    [{ greeting: { random: 0 } }, /^greeting\.random: /],
    [{ greeting: { secret: '', bytes: 4 } }, /^greeting\.secret: /],
    [{ greeting: { secret: 'x' } }, /^greeting\.bytes: /],
    [{ greeting: { hostname: true } }, /^greeting\.hostname: /],
    [{ greeting: { date: 'iso' } }, /^greeting\.date: /],
    [{ greeting: { random: 4097 } }, /^greeting\.random: /],
    [{ greeting: ['x', { random: 4096 }] }, /^greeting: at most 4096 bytes/],
    [{ greeting: Array(65).fill('') }, /^greeting: at most 64 parts/],
    [{ otherwise: 'A'.repeat(4097) }, /^otherwise: at most 4096 bytes/],
    [{ closeOtherwise: 1 }, /^closeOtherwise: true or false/],
    [{ lines: 'yes' }, /^lines: true or false/],
    [{ rules: {} }, /^rules: a list/],
    [{ rules: Array(65).fill(rule) }, /^rules: a list of at most 64/],
    [{ rules: [rule, {}] }, /^rules\[1\]\.starts: /],
    [{ rules: [{ starts: '' }] }, /^rules\[0\]\.starts: 1 to/],
    [{ rules: [{ starts: 'A', say: null }] }, /^rules\[0\]\.say: /],
    [{ rules: [{ starts: { hex: '0?' } }] }, /^rules\[0\]\.starts\.hex: /],
    [{ rules: [{ starts: { hex: '??', x: 1 } }] }, /^rules\[0\]\.starts\.x: /],
    [{ rules: [{ ...rule, when: 'away' }] }, /^rules\[0\]\.when: no rule leads there/],
    [{ rules: [{ ...rule, next: 'x'.repeat(33) }] }, /^rules\[0\]\.next: a line/],
    [{ rules: [{ ...rule, credential: 'key' }] }, /^rules\[0\]\.credential: /],
    [{ terminal: ['away'] }, /^terminal: a list of states/],
    [{ terminal: ['start'], rules: [{ ...rule, next: 'b' }] }, /^rules\[0\]\.next: not away/],
    [{ otherwise: { echo: 1 } }, /^otherwise\.echo: an object/],
    [{ otherwise: { echo: { at: 0, bytes: 65 } } }, /^otherwise\.echo\.bytes: 1 to 64/],
    [{ otherwise: { echo: { at: -1, bytes: 1 } } }, /^otherwise\.echo\.at: 0 to 1024/],
    [{ otherwise: { field: 'a:b' } }, /^otherwise\.field: /],
    [{ otherwise: ['x'.repeat(4090), { field: 'a' }] }, /^otherwise: at most 4096/],
    [{ rules: [{ starts: 'A', close: 'no' }] }, /^rules\[0\]\.close: /],
  ]
  for (const [settings, message] of rows)
    t.throws(() => dialogue.service(settings, identity()), { name: 'TypeError', message })
  t.doesNotThrow(() => dialogue.service({ rules: Array(64).fill(rule) }, identity()))
})
