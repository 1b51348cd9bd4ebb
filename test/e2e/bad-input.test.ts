/** What an operator can get wrong: one clear line for each fault, the right exit code, nothing changed. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ATTACK_INTERFACE, HUB_ADDRESS, type Machine, SENSOR_ADDRESS } from '../lab/lab.ts'
import { CUTTLE, startHub, startSensor } from '../lab/processes.ts'
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

t.setTimeout(120_000)
const skip = unable(t, ['setpriv', 'nft', 'nc', 'mosquitto', 'socat'])
const lines = (text: string): string[] => text.split('\n').filter(Boolean)
const run = (machine: Machine, state: string, ...flags: string[]) =>
  cuttle(
    machine,
    ...['run', '--interface', ATTACK_INTERFACE, '--address', `${SENSOR_ADDRESS}/16`],
    ...['--state', state, ...flags],
  )

t.test('the sensor does not start', { skip }, async (t) => {
  const lab = await makeLab(t)
  const { sensor } = lab
  const base = scratch(t)
  chmodSync(base, 0o755)
  const state = join(base, 'state')

  await t.test('configuration', async (t) => {
    const file = join(base, 'cuttle.toml')
    writeFileSync(file, 'interface = "lo"\naddress = [\n x')
    const broken = await cuttle(sensor, 'run', '--config', file)
    t.equal(broken.code, 2)
    t.same(lines(broken.stderr), [`cuttle run: ${file}:3:2: invalid value`])

    writeFileSync(
      file,
      'interfase = "lo"\nmode = "mine"\naddress = ["1.2.3.4/33"]\n[flow]\nmax = 1\nidle = 2\n',
    )
    const many = await cuttle(
      sensor,
      'run',
      '--config',
      file,
      '--persona',
      'toaster',
      '--state',
      state,
    )
    t.equal(many.code, 2)
    const said = lines(many.stderr)
    for (const pattern of [
      /interfase: no such key/,
      /: interface: name the network interface/,
      /mode: /,
      /address\.0: use IP\/LEN/,
      /flow\.max: /,
      /flow\.idle: no such key/,
      /--persona: persona: use auto or an id of/,
    ])
      t.equal(said.filter((line) => pattern.test(line)).length, 1, String(pattern))
    t.equal(said.length, 7, many.stderr)
    t.ok(said.every((line) => line.startsWith('cuttle run: ')))

    const flags = await cuttle(sensor, 'run', '--bogus', '--interface')
    t.equal(flags.code, 2)
    t.equal(lines(flags.stderr).length, 2)
    const long = await run(sensor, `/tmp/${'x'.repeat(120)}`)
    t.equal(long.code, 2)
    t.match(long.stderr, /^cuttle run: --state: state: use a path of at most 94 bytes\n$/)
    const absent = await cuttle(sensor, 'run', '--config', join(base, 'none.toml'))
    t.equal(absent.code, 2)
    t.match(absent.stderr, /^cuttle run: \S+none\.toml: ENOENT: [^\n]*--config\n$/)
    t.notOk(existsSync(state), 'nothing was made')
  })

  await t.test('machine', async (t) => {
    const unknown = await cuttle(
      sensor,
      ...['run', '--interface', 'nope0', '--address', '192.0.2.1/24', '--state', state],
    )
    t.equal(unknown.code, 1)
    t.match(unknown.stderr, /^cuttle run: nope0: no such interface: "ip link"[^\n]*\n$/)

    const shared = await cuttle(
      sensor,
      ...['run', '--interface', 'nope0', '--address', '192.0.2.1/24', '--state', state],
      ...['--mode', 'shared'],
    )
    t.equal(shared.code, 1)
    t.equal(lines(shared.stderr).length, 1, shared.stderr)
    t.equal((await sensor.exec('nft', ['list', 'ruleset'])).stdout, '', 'no fence is left')

    await sensor.exec('ip', ['link', 'set', ATTACK_INTERFACE, 'down'])
    for (const link of ['ring', 'pcap']) {
      const down = await run(sensor, state, '--link', link)
      t.equal(down.code, 1, link)
      t.match(down.stderr, /^cuttle run: attack: the interface is down: ip link set attack up\n$/)
    }
    await sensor.exec('ip', ['link', 'set', ATTACK_INTERFACE, 'up'])
  })

  await t.test('privileges', async (t) => {
    const nobody = (...args: string[]) =>
      sensor.exec(
        'setpriv',
        ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', ...args],
        {
          timeoutMs: 20_000,
        },
      )
    const own = join('/tmp', `cuttle-e2e-nobody-${process.pid}`)
    t.teardown(() => nobody('rm', '-rf', own))
    const flags = ['--interface', ATTACK_INTERFACE, '--address', `${SENSOR_ADDRESS}/16`]
    for (const link of ['ring', 'pcap']) {
      const bare = await nobody(CUTTLE, 'run', ...flags, '--state', own, '--link', link)
      t.equal(bare.code, 1, link)
      t.match(
        bare.stderr,
        /^cuttle run: attack: no permission to take packets: run as root[^\n]*\n$/,
      )
    }
    const dark = join(base, 'dark')
    mkdirSync(dark, { mode: 0o700 })
    const barred = await nobody(CUTTLE, 'run', ...flags, '--state', dark)
    t.equal(barred.code, 1)
    t.match(barred.stderr, /^cuttle run: state: cannot use \S+dark \(EACCES\); choose [^\n]*\n$/)
    writeFileSync(join(base, 'file'), '')
    const file = await run(sensor, join(base, 'file'))
    t.equal(file.code, 1)
    t.match(file.stderr, /^cuttle run: state: cannot use \S+file \(EEXIST\)[^\n]*\n$/)
    const doctor = await nobody(CUTTLE, 'doctor', '--interface', ATTACK_INTERFACE, '--state', dark)
    t.equal(doctor.code, 1)
    t.match(doctor.stdout, /^fault privileges +without CAP_NET_RAW, CAP_NET_ADMIN; run as root/m)
    t.match(doctor.stdout, /^fault state +cannot write \S+dark; choose another --state/m)
  })

  await t.test('a state directory has one sensor', async (t) => {
    const first = await startSensor(lab, { state })
    const before = readFileSync(join(state, 'identity.json'), 'utf8')
    const second = await run(sensor, state)
    t.equal(second.code, 1)
    t.match(second.stderr, /^cuttle run: another sensor runs on this state directory[^\n]*\n$/)
    t.equal(readFileSync(join(state, 'identity.json'), 'utf8'), before)
    t.equal((await cuttle(sensor, 'status', '--state', state)).code, 0, 'the first is untouched')
    t.equal(await visit(lab.attacker, 80, ''), true)
    await first.stop()
  })

  await t.test('the hub’s ports are taken', async (t) => {
    const hub = await startHub(lab, join(base, 'hub'))
    const other = join(base, 'hub2')
    const flags = (http: number, mqtt: number) => [
      ...['hub', '--state', other, '--listen', `${HUB_ADDRESS}:${http}`],
      ...['--mqtt', `${HUB_ADDRESS}:${mqtt}`],
    ]
    const web = await cuttle(lab.hub, ...flags(8080, 1884))
    t.equal(web.code, 1)
    t.match(web.stderr, /^cuttle hub: --listen: 198\.19\.0\.2:8080 cannot be opened[^\n]*\n$/)
    const broker = await cuttle(lab.hub, ...flags(8081, 1883))
    t.equal(broker.code, 1)
    t.equal(lines(broker.stderr).length, 1, broker.stderr)
    t.match(broker.stderr, /1883/)
    await hub.stop()
  })
})

t.test('the sensor starts all the same', { skip }, async (t) => {
  const lab = await makeLab(t)

  for (const [what, spoil] of [
    ['garbage', (path: string) => writeFileSync(path, 'this is no database at all'.repeat(400))],
    ['cut short', (path: string) => truncateSync(path, 12_000)],
  ] as const)
    await t.test(`with a damaged outbox: ${what}`, async (t) => {
      const state = scratch(t)
      const first = await startSensor(lab, { state })
      await visit(lab.attacker, 5001, 'before\n')
      await payloadAt(state, 5001)
      await first.stop()
      spoil(join(state, 'outbox.db'))
      const second = await startSensor(lab, { state })
      await visit(lab.attacker, 5002, 'after\n')
      await payloadAt(state, 5002)
      const aside = readdirSync(state).filter((name) => /^outbox\.db\.corrupt-20\d\d-/.test(name))
      t.equal(aside.filter((name) => !/-(wal|shm)$/.test(name)).length, 1, aside.join(' '))
      const health = recorded(state).filter(({ event }) => event.action === 'health')
      t.equal(health.length, 1)
      t.match(health[0], { message: /the outbox was not usable/ })
      t.equal(second.output().match(/not usable/g)?.length, 1, 'said once')
      await second.stop()
      t.equal(second.child.exitCode, 0)
    })

  await t.test('with a damaged identity, as another machine', async (t) => {
    const state = scratch(t)
    writeFileSync(join(state, 'identity.json'), '{"seed":')
    const sensor = await startSensor(lab, { state })
    t.ok(JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')).seed)
    await sensor.stop()
  })

  await t.test('on a disk that fills up', async (t) => {
    const { sensor: host, attacker } = lab
    const mount = scratch(t)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', mount])
    t.teardown(() => execFileSync('umount', ['-l', mount]))
    const sensor = await startSensor(lab, { state: mount })
    await visit(attacker, 5001, 'space left\n')
    await payloadAt(mount, 5001)
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${mount}/filler bs=4k 2>/dev/null || true`])
    const burst = Array.from({ length: 20 }, (_, n) => `echo ${n} ${'x'.repeat(3000)}`)
    const ports = Array.from({ length: 8 }, (_, n) => 6000 + n)
    await Promise.all(ports.map((port) => visit(attacker, port, burst.join('\n'))))
    await until('the fault', 8000, () => /cannot write the outbox/.test(sensor.output()))
    t.equal(await visit(attacker, 80, ''), true, 'it keeps sensing')
    const status = await cuttle(host, 'status', '--json', '--state', mount)
    t.match(JSON.parse(status.stdout).commit_fault, /full|disk/)
    execFileSync('rm', [`${mount}/filler`])
    await until('recovery', 8000, () => /takes events again/.test(sensor.output()))
    for (const port of ports) await payloadAt(mount, port)
    t.equal(sensor.output().match(/cannot write the outbox/g)?.length, 1, 'said once')
    await sensor.stop()
    t.equal(sensor.child.exitCode, 0)
  })

  await t.test('without a broker', async (t) => {
    const state = scratch(t)
    const sensor = await startSensor(lab, { state, hub: `mqtt://sensor:x@${HUB_ADDRESS}:1883` })
    await visit(lab.attacker, 5003, 'nobody to tell\n')
    await payloadAt(state, 5003)
    const text = (await cuttle(lab.sensor, 'status', '--state', state)).stdout
    t.match(text, /^hub +away \(/m)
    t.equal(sensor.output().match(/"level":[45]0/g)?.length ?? 0, 1, sensor.output())
    await sensor.stop()
    t.equal(sensor.child.exitCode, 0)
    t.ok(recorded(state).length > 0, 'the events stay')
  })
})
