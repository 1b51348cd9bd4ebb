/** The portable link (libpcap, on the main thread) carries the same traffic. */
import t from 'tap'
import { SENSOR_ADDRESS } from '../lab/lab.ts'
import { startSensor } from '../lab/processes.ts'
import { cuttle, lab as makeLab, payloadAt, recorded, scratch, unable, visit } from './stage.ts'

t.setTimeout(60_000)
const skip = unable(t, ['curl', 'nc', 'hping3', 'ping'])

t.test('pcap instead of ring', { skip }, async (t) => {
  const lab = await makeLab(t)
  const state = scratch(t)
  const sensor = await startSensor(lab, { state, link: 'pcap', persona: 'ubuntu-22-04' })
  const { attacker } = lab
  t.equal((await attacker.exec('ping', ['-n', '-c', '1', '-W', '2', SENSOR_ADDRESS])).code, 0)
  const page = await attacker.exec('curl', ['-sS', '-m', '5', `http://${SENSOR_ADDRESS}/pcap-link`])
  t.equal(page.code, 0, page.stderr)
  t.equal(await visit(attacker, 4444, 'through pcap\n'), true)
  t.match((await payloadAt(state, 4444)).cuttle, { payload: { preview: /through pcap/ } })
  const scan = await attacker.exec('hping3', ['-S', '--scan', '7000-7299', SENSOR_ADDRESS], {
    timeoutMs: 20_000,
  })
  const answered = scan.stdout.match(/\.S\.\.A\.\.\./g)?.length ?? 0
  t.equal(answered, 300, 'every port answers')
  const status = JSON.parse((await cuttle(lab.sensor, 'status', '--json', '--state', state)).stdout)
  t.match(status, { running: true, stack: { badChecksum: 0 } })
  t.ok(status.stack.synAcks >= 300)
  await sensor.stop()
  t.equal(sensor.child.exitCode, 0, sensor.output())
  const events = recorded(state)
  t.ok(events.some(({ url }) => url?.original === '/pcap-link'))
  const scanned = events.filter(({ event }) => event.action === 'scan')
  t.ok(
    scanned.some(({ cuttle }) => /7000-7299/.test(cuttle.ports ?? '')),
    'the scan is one row',
  )
})
