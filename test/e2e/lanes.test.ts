/** Two packet workers on one interface: one machine to whoever meets it, one sensor to whoever runs it. */
import { join } from 'node:path'
import t from 'tap'
import { attackerAddress, SENSOR_ADDRESS } from '../lab/lab.ts'
import { sensorMac, startSensor } from '../lab/processes.ts'
import { cuttle, lab as makeLab, recorded, scratch, unable, until, visit } from './stage.ts'

t.setTimeout(120_000)
const VISITORS = 24
const SCANNED = 300
const PORT = 8085
const skip = unable(t, ['nc', 'nmap', 'ping', 'tcpdump'])
const source = (n: number): string => `198.18.128.${n + 1}`

t.test('workers = 2', { skip }, async (t) => {
  const lab = await makeLab(t)
  const state = scratch(t)
  const sensor = await startSensor(lab, {
    state,
    doors: 'all',
    persona: 'ubuntu-22-04',
    flags: ['--workers', '2'],
  })
  const { attacker } = lab
  const mac = await sensorMac(lab)

  await t.test('ARP and echo are answered once', async (t) => {
    const seen = attacker.exec('timeout', ['6', 'tcpdump', '-nn', '-i', 'eth0', 'arp or icmp'], {})
    await new Promise((done) => setTimeout(done, 1500))
    await attacker.exec('ip', ['neigh', 'flush', 'dev', 'eth0'])
    const ping = await attacker.exec('ping', [
      '-n',
      '-c',
      '3',
      '-i',
      '0.2',
      '-W',
      '3',
      SENSOR_ADDRESS,
    ])
    t.match(ping.stdout, /3 received(?!.*duplicates)/)
    const { stdout } = await seen
    t.equal(stdout.match(/echo reply/g)?.length, 3, stdout)
    const asked = stdout.match(/Request who-has 198\.18\.1\.1/g)?.length ?? 0
    t.ok(asked > 0, `asked ${asked} times`)
    t.equal(stdout.match(/Reply 198\.18\.1\.1 is-at/g)?.length, asked, stdout)
    t.equal(await sensorMac(lab), mac)
  })

  await t.test('every source is served, whichever worker is its own', async (t) => {
    const visits = Array.from({ length: VISITORS }, (_, n) =>
      visit(attacker, PORT, `visitor ${n}`, { from: source(n) }),
    )
    t.same(new Set(await Promise.all(visits)), new Set([true]))
    const payloads = await until(`${VISITORS} payloads`, 8_000, () => {
      const found = recorded(state).filter(
        ({ event, destination, cuttle }) =>
          event.action === 'connection' &&
          destination?.port === PORT &&
          cuttle.payload?.preview.startsWith('visitor '),
      )
      return found.length >= VISITORS && found
    })
    t.equal(payloads.length, VISITORS, 'once each')
    t.equal(new Set(payloads.map((event) => event.source?.ip)).size, VISITORS)
    t.equal(new Set(payloads.map(({ cuttle }) => cuttle.identity)).size, 1, 'of one machine')
    t.equal(new Set(payloads.map(({ event }) => event.id)).size, VISITORS)
  })

  await t.test('status counts both', async (t) => {
    const { stdout } = await cuttle(lab.sensor, 'status', '--json', '--state', state)
    const { stack, link } = JSON.parse(stdout)
    t.ok(stack.accepted >= VISITORS, `${stack.accepted} handshakes`)
    t.equal(stack.frames, link.received)
    t.equal(stack.strays, 0, 'nothing came to the wrong worker')
  })

  await t.test('a scan is one row of one worker', async (t) => {
    const scan = await attacker.exec('nmap', [
      ...['-n', '-Pn', '-sS', '-p', `20001-${20_000 + SCANNED}`, '-T4', SENSOR_ADDRESS],
    ])
    t.match(scan.stdout, /open/)
    await sensor.stop()
    const rows = recorded(state).filter(
      ({ event, source }) => event.action === 'scan' && source?.ip === attackerAddress(0),
    )
    const ports = rows.reduce((sum, { cuttle }) => sum + (cuttle.ports_count ?? 0), 0)
    t.ok(rows.length <= 3, `${rows.length} rows: one a minute`)
    t.ok(ports >= SCANNED, `${ports} ports`)
    t.match(sensor.output(), /"sensor ready"/)
    t.notMatch(sensor.output(), /"level":50/, join(state, 'outbox.db'))
  })
})
