/** A sensor on its own address, and who gets in where. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ubuntu2204 } from '../../rotation/personas/ubuntu-22-04.ts'
import { SENSOR_ADDRESS } from '../lab/lab.ts'
import { scanFlags, sensorMac, startSensor } from '../lab/processes.ts'
import { lab as makeLab, payloadAt, recorded, scratch, unable, visit } from './stage.ts'

t.setTimeout(120_000)
const SCAN_RATE = 40_000
/** Not the persona's, not among the demand-driven ones, not where all-port detectors look. */
const ODD = 8085
const skip = unable(t, ['curl', 'ssh', 'nc', 'hping3', 'masscan', 'nft', 'ping'])
const source = (n: number): string => `198.18.128.${n}`

t.test('gated', { skip }, async (t) => {
  const lab = await makeLab(t)
  const state = scratch(t)
  const options = { state, doors: 'gated', persona: 'ubuntu-22-04' } as const
  const sensor = await startSensor(lab, {
    ...options,
    flags: ['--budgets-gates-per-source', '2', '--budgets-gates-per-identity', '4'],
  })
  const { attacker } = lab
  const { extraPorts } = JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8'))
  const shown = [...Object.keys(ubuntu2204.ports).map(Number), ...extraPorts].sort((a, b) => a - b)

  await t.test('the address is the persona’s, not the kernel’s', async (t) => {
    const mac = await sensorMac(lab)
    t.equal(mac.slice(0, 8), ubuntu2204.vendor.prefixes[0])
    const { stdout } = await lab.sensor.exec('ip', ['-br', 'address'])
    t.notMatch(stdout, SENSOR_ADDRESS)
    const ping = await attacker.exec('ping', [
      '-n',
      '-c',
      '2',
      '-i',
      '0.2',
      '-W',
      '1',
      SENSOR_ADDRESS,
    ])
    t.match(ping.stdout, /ttl=64/)
    t.match(ping.stdout, /2 received/)
    const other = await attacker.exec('ping', ['-n', '-c', '1', '-W', '1', '198.18.1.2'])
    t.not(other.code, 0, 'only that one address is answered for')
  })

  await t.test('its ports are open to real clients', async (t) => {
    const page = await attacker.exec('curl', [
      '-sS',
      '-m',
      '5',
      '-D',
      '-',
      `http://${SENSOR_ADDRESS}/`,
    ])
    t.match(page.stdout, /^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.18\.0 \(Ubuntu\)/)
    const ssh = await attacker.exec(
      'ssh',
      [
        ...['-v', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no'],
        ...[
          '-o',
          'UserKnownHostsFile=/dev/null',
          '-o',
          'ConnectTimeout=5',
          `root@${SENSOR_ADDRESS}`,
        ],
      ],
      { timeoutMs: 10_000 },
    )
    t.match(ssh.stderr, /remote software version OpenSSH_8\.9p1 Ubuntu-3ubuntu0\.10/)
    t.match(ssh.stderr, /Permission denied/)
  })

  await t.test('a kernel’s second SYN opens an odd port, within budgets', async (t) => {
    const from = source(1)
    const opened = await Promise.all([
      visit(attacker, ODD, 'odd port 1\n', { from }),
      visit(attacker, ODD + 1, 'odd port 2\n', { from }),
      visit(attacker, ODD + 2, 'odd port 3\n', { from }),
      // Where all-port detectors look there is no gate at all.
      visit(attacker, 45_678, 'odd port 4\n', { from: source(2) }),
      // One SYN is no client.
      attacker.exec('hping3', ['-S', '-c', '1', '-p', '8090', SENSOR_ADDRESS], { timeoutMs: 5000 }),
    ])
    t.equal(opened.slice(0, 3).filter(Boolean).length, 2, 'two of three: the budget of a source')
    t.equal(opened[3], false)
    t.match(opened[4], { stderr: /1 packets transmitted, 0 packets received/ })
    const more = await Promise.all(
      [3, 4, 5].map((n) => visit(attacker, ODD + 10 + n, 'odd\n', { from: source(n) })),
    )
    t.equal(more.filter(Boolean).length, 2, 'four in all: the budget of an identity')
    const port = ODD + opened.indexOf(true)
    const { cuttle, source: visitor } = await payloadAt(state, port)
    t.match(cuttle, { door: 'gate', verified: true, payload: { preview: /odd port/ } })
    t.equal(visitor?.ip, from)
    const there = recorded(state).filter(({ event }) => event.action === 'connection')
    t.notOk(there.some(({ destination }) => destination?.port === 8090))
  })

  await t.test('masscan over all ports sees a believable machine', async (t) => {
    const list = join(state, 'open.txt')
    const flags = await scanFlags(lab, SCAN_RATE, list)
    // On a silent wire masscan waits for one more frame before it ends.
    const noise = attacker.spawn('ping', ['-q', '-n', '-i', '0.2', SENSOR_ADDRESS], {
      stdio: 'ignore',
    })
    const { code } = await attacker.exec('masscan', flags, { timeoutMs: 30_000 })
    noise.kill()
    t.equal(code, 0)
    const open = [...readFileSync(list, 'utf8').matchAll(/^open tcp (\d+)/gm)].map((m) =>
      Number(m[1]),
    )
    t.same(
      [...new Set(open)].sort((a, b) => a - b),
      shown,
    )
  })

  await t.test('when the sensor stops nobody is there', async (t) => {
    await sensor.stop()
    t.equal(sensor.child.exitCode, 0)
    const scan = recorded(state).filter(
      ({ event, cuttle }) => event.action === 'scan' && cuttle.scanner === 'masscan',
    )
    t.ok(scan.length > 0, 'the scan is on record')
    const counted = scan.reduce((sum, { cuttle }) => sum + (cuttle.ports_count ?? 0), 0)
    t.ok(counted > 60_000, `${counted} ports`)
    await attacker.exec('ip', ['neigh', 'flush', 'dev', 'eth0'])
    const ping = await attacker.exec('ping', ['-n', '-c', '1', '-W', '1', SENSOR_ADDRESS])
    t.not(ping.code, 0)
    t.equal(await visit(attacker, 80, '', { seconds: 1 }), false)
  })
})

t.test('strict and all', { skip }, async (t) => {
  const lab = await makeLab(t)
  const { attacker } = lab
  const state = scratch(t)
  const strict = await startSensor(lab, { state, doors: 'strict', persona: 'ubuntu-22-04' })
  const through = await Promise.all([
    visit(attacker, ODD, 'x', { seconds: 4 }),
    visit(attacker, 80, 'x'),
  ])
  t.same(through, [false, true], 'strict: the persona’s ports and no gate')
  await strict.stop()
  const all = await startSensor(lab, { state, doors: 'all' })
  const began = performance.now()
  t.equal(await visit(attacker, 45_678, 'hello there\n', { from: source(9) }), true)
  t.ok(performance.now() - began < 4000)
  const seen = await payloadAt(state, 45_678)
  t.match(seen.cuttle, { door: 'all', payload: { preview: /hello there/ } })
  await all.stop()
  t.equal(all.child.exitCode, 0)
})
