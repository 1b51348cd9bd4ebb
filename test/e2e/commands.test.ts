/** The operator's commands beside a running sensor, with visitors who mean his terminal harm. */
import { once } from 'node:events'
import t from 'tap'
import type { SensorEvent } from '../../agent/event.ts'
import { ATTACK_INTERFACE, SENSOR_ADDRESS } from '../lab/lab.ts'
import { CUTTLE, startSensor } from '../lab/processes.ts'
import {
  cuttle,
  lab as makeLab,
  payloadAt,
  recorded,
  scratch,
  unable,
  until,
  visit,
} from './stage.ts'

t.setTimeout(90_000)
const skip = unable(t, ['curl', 'nc'])
const lines = (text: string): string[] => text.split('\n').filter(Boolean)
/** Everything that moves a cursor, turns the text around or hides it; a newline ends a line. */
const HARMFUL = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const ESCAPES = '\x1b]0;owned\x07\x1b[2J\u202eevil\u2066\u200f\u2028\u061c\u200b\x9b31m'
const PAGE = 200

t.test('status, events and doctor', { skip }, async (t) => {
  const lab = await makeLab(t)
  const state = scratch(t)
  const { sensor: host, attacker } = lab
  const none = await cuttle(host, 'status', '--state', state)
  t.equal(none.code, 1)
  t.match(none.stderr, /^cuttle status: no outbox at [^\n]*\n$/)
  const sensor = await startSensor(lab, { state, persona: 'dvr-jaws', name: 'ship' })

  await t.test('status', async (t) => {
    await attacker.exec('curl', ['-sS', '-m', '5', '-o', '/dev/null', `http://${SENSOR_ADDRESS}/`])
    const text = await cuttle(host, 'status', '--state', state)
    t.equal(text.code, 0)
    t.match(text.stdout, /^sensor +ship, since 20\d\d-/m)
    t.match(text.stdout, /^address +198\.18\.1\.1\/16 on attack \(own\)$/m)
    t.match(text.stdout, /^persona +dvr-jaws$/m)
    t.match(text.stdout, /^doors +all; demand-driven: /m)
    t.match(text.stdout, /^packets +\d+ frames, 1 SYNs, 1 answered, 1 handshakes$/m)
    t.match(text.stdout, /^outbox +\d+ events \(\d+ KiB\), dropped 0\/0\/0\/0/m)
    t.notMatch(text.stdout, /undefined|NaN|null/)
    const json = JSON.parse((await cuttle(host, 'status', '--json', '--state', state)).stdout)
    t.match(json, { running: true, sensor: 'ship', persona: 'dvr-jaws', stack: { syns: 1 } })
  })

  await t.test('hostile bytes', async (t) => {
    await visit(attacker, 23, `${ESCAPES}\r\n${ESCAPES}\r\nls ${ESCAPES}\r\n`)
    await visit(attacker, 7001, `${ESCAPES}\n`)
    await attacker.exec('curl', [
      ...['-sS', '-m', '5', '-o', '/dev/null', '-A', ESCAPES.replaceAll('\x00', '')],
      `http://${SENSOR_ADDRESS}:7003/`,
    ])
    await visit(attacker, 23, `${'u'.repeat(1024 * 1024)}\r\npassword\r\n`)
    await visit(attacker, 7002, `GET /${'x'.repeat(1024 * 1024)} HTTP/1.1\r\n\r\n`)
    await payloadAt(state, 7002)
    await until('a credential', 8000, () =>
      recorded(state).some(({ event }) => event.action === 'credential'),
    )
    const { stdout, code } = await cuttle(host, 'events', '--state', state, '--limit', '100')
    t.equal(code, 0)
    for (const line of lines(stdout)) {
      t.notMatch(line, HARMFUL)
      t.ok(line.length <= 400, `${line.length} characters`)
    }
    t.ok(
      lines(stdout).some((line) => line.includes('evil')),
      'they are shown, harmless',
    )
    for (const line of lines((await cuttle(host, 'events', '--json', '--state', state)).stdout)) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them.
      t.notMatch(line, /[\u0000-\u001f]/)
      t.ok(Buffer.byteLength(line) < 32 * 1024, `${Buffer.byteLength(line)} bytes`)
    }
    t.equal(sensor.child.exitCode, null)
    t.notMatch(sensor.output(), /a service failed/)
  })

  await t.test('events: --limit, --follow, and a reader that goes', async (t) => {
    const two = lines(
      (await cuttle(host, 'events', '--json', '--limit', '2', '--state', state)).stdout,
    )
    const all = recorded(state).map(({ event }) => event.id)
    t.same(
      two.map((line) => (JSON.parse(line) as SensorEvent).event.id),
      all.slice(-2),
    )
    const follower = host.spawn(
      CUTTLE,
      ['events', '--json', '--follow', '--limit', '1', '--state', state],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let heard = ''
    follower.stdout?.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    await until('the first line', 5000, () => heard !== '')
    await visit(attacker, 7777, 'news\n')
    await until('the news', 5000, () => heard.includes('"port":7777'))
    const ids = lines(heard).map((line) => (JSON.parse(line) as SensorEvent).event.sequence)
    t.same(
      ids,
      [...new Set(ids)].sort((a, b) => (a ?? 0) - (b ?? 0)),
      'in order, none twice',
    )
    follower.kill('SIGINT')
    const [code] = await once(follower, 'exit')
    t.equal(code, 0)
    const head = await host.exec('sh', ['-c', `${CUTTLE} events --state ${state} | head -n 1`])
    t.equal(head.stderr, '')
  })

  await t.test('doctor', async (t) => {
    const { stdout, code } = await cuttle(
      host,
      'doctor',
      '--interface',
      ATTACK_INTERFACE,
      '--state',
      state,
    )
    t.equal(code, 0, stdout)
    t.match(stdout, /^ok +privileges +may take packets$/m)
    t.match(stdout, /^ok +interface +attack is up$/m)
    t.ok(lines(stdout).every((line) => /^(ok {3}|fault) /.test(line)))
    const absent = await cuttle(host, 'doctor', '--interface', 'nope0', '--state', state)
    t.equal(absent.code, 1)
    t.match(absent.stdout, /^fault interface +no nope0; "ip link" lists/m)
    const json = lines((await cuttle(host, 'doctor', '--json', '--state', state)).stdout)
    t.ok(json.every((line) => JSON.parse(line).check))
  })

  await sensor.stop()
  t.equal(sensor.child.exitCode, 0, sensor.output().slice(-PAGE))
})
