/** The operator's commands beside a running sensor, with visitors who mean his terminal harm. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  t.match(none.stderr, /^cuttle status: no sensor has run on [^\n]*\n$/)
  const sensor = await startSensor(lab, { state, persona: 'dvr', name: 'ship' })

  await t.test('status', async (t) => {
    await attacker.exec('curl', ['-sS', '-m', '5', '-o', '/dev/null', `http://${SENSOR_ADDRESS}/`])
    const text = await cuttle(host, 'status', '--state', state)
    t.equal(text.code, 0)
    t.match(text.stdout, /^sensor +ship, since 20\d\d-/m)
    t.match(text.stdout, /^address +198\.18\.1\.1\/16 on attack \(own\)$/m)
    t.match(text.stdout, /^persona +dvr$/m)
    t.match(text.stdout, /^doors +all; demand-driven: /m)
    t.match(text.stdout, /^packets +\d+ frames, 1 SYNs, 1 answered, 1 handshakes$/m)
    t.match(text.stdout, /^outbox +\d+ events \(\d+ KiB\), dropped 0\/0\/0\/0/m)
    t.notMatch(text.stdout, /undefined|NaN|null/)
    const json = JSON.parse((await cuttle(host, 'status', '--json', '--state', state)).stdout)
    t.match(json, { running: true, sensor: 'ship', persona: 'dvr', stack: { syns: 1 } })
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
    for (const bad of ['0', '-1', 'x', '1e9', '']) {
      const { code, stderr } = await cuttle(host, 'events', `--limit=${bad}`, '--state', state)
      t.equal(code, 2, bad)
      t.equal(lines(stderr).length, 1)
    }
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
    const nowhere = await cuttle(host, 'events', '--state', '/nowhere')
    t.equal(nowhere.code, 1)
    t.match(nowhere.stderr, /^cuttle events: no outbox at [^\n]*--state\n$/)
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

t.test('replay and the rest of the command line', { skip }, async (t) => {
  const lab = await makeLab(t)
  const { sensor: host } = lab
  const base = scratch(t)
  const file = (name: string, bytes: Uint8Array): string => {
    const path = join(base, name)
    writeFileSync(path, bytes)
    return path
  }
  // A classic pcap header (Ethernet), and a record that promises 60 bytes and has 4.
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
  const cut = Buffer.concat([
    header,
    Buffer.from('00000000000000003c0000003c00000001020304', 'hex'),
  ])
  for (const [name, bytes] of [
    ['cut.pcap', cut],
    ['text.txt', Buffer.from('no capture at all\n')],
    ['empty', Buffer.alloc(0)],
  ] as const) {
    const { code, stderr, stdout } = await cuttle(host, 'replay', file(name, bytes))
    t.equal(code, 1, name)
    t.equal(stdout, '')
    t.match(stderr, /^cuttle replay: [^\n]+\n$/, name)
  }
  t.equal((await cuttle(host, 'replay', file('none.pcap', header))).code, 0, 'a capture of nothing')
  const missing = await cuttle(host, 'replay', join(base, 'missing'))
  t.equal(missing.code, 1)
  t.match(missing.stderr, /^cuttle replay: [^\n]*missing[^\n]*\n$/)
  const directory = await cuttle(host, 'replay', base)
  t.equal(directory.code, 1)
  t.equal(lines(directory.stderr).length, 1, directory.stderr)

  for (const [args, code] of [
    [[], 2],
    [['--help'], 0],
    [['nonsense'], 2],
    [['__proto__'], 2],
    [['status', '--help'], 0],
    [['run', '--help'], 0],
    [['hub', '--help'], 0],
    [['status', '--nope'], 2],
    [['replay'], 2],
    [['persona'], 2],
    [['persona', 'list'], 0],
    [['persona', 'show', 'nobody'], 1],
  ] as const) {
    const done = await cuttle(host, ...args)
    t.equal(done.code, code, args.join(' '))
    if (code !== 0 && args.length > 0) t.equal(lines(done.stderr).length, 1, `one line: ${args}`)
    else t.equal(done.stderr, '')
  }
})
