/** A sensor on the address of its own machine, behind the fence. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { ATTACK_INTERFACE, attackerAddress, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { CUTTLE, startSensor } from '../lab/processes.ts'
import { lab as makeLab, pause, payloadAt, scratch, unable, until, visit } from './stage.ts'

t.setTimeout(120_000)
const skip = unable(t, ['nc', 'nft', 'curl', 'ping', 'tcpdump', 'socat'])
const MANAGEMENT = 2222
const KERNEL_WEB = 8000
const UPLINK = 9100
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range'

async function hostLab(t: { teardown(action: () => unknown): unknown }): Promise<Lab> {
  const lab = await makeLab(t)
  await lab.sensor.exec('ip', ['address', 'add', `${SENSOR_ADDRESS}/16`, 'dev', ATTACK_INTERFACE])
  return lab
}

/** socat answers every connection with `word`. */
async function listens(lab: Lab, machine: 'sensor' | 'attacker', port: number, word: string) {
  lab[machine].spawn('socat', [`TCP-LISTEN:${port},fork,reuseaddr`, `SYSTEM:echo ${word}`], {
    stdio: 'ignore',
  })
  await until(`a listener on ${port}`, 3000, async () => {
    const { stdout } = await lab[machine].exec('ss', ['-Hltn', `sport = :${port}`])
    return stdout !== ''
  })
}

const fence = async (lab: Lab): Promise<string> =>
  (await lab.sensor.exec('nft', ['list', 'ruleset'])).stdout
const portRange = async (lab: Lab): Promise<string> =>
  (await lab.sensor.exec('cat', [RANGE])).stdout.trim()

async function hears(lab: Lab, machine: 'sensor' | 'attacker', to: string, port: number) {
  const { stdout } = await lab[machine].exec('nc', ['-n', '-w', '3', to, String(port)], {
    timeoutMs: 5000,
  })
  return stdout.trim()
}

t.test('the kernel keeps its management port and its own connections', { skip }, async (t) => {
  const lab = await hostLab(t)
  const state = scratch(t)
  const rangeBefore = await portRange(lab)
  await listens(lab, 'sensor', MANAGEMENT, 'management')
  await listens(lab, 'sensor', KERNEL_WEB, 'kernel')
  await listens(lab, 'attacker', UPLINK, 'uplink')
  const options = {
    state,
    mode: 'shared',
    doors: 'all',
    persona: 'windows-server-2016',
    flags: ['--management-ports', String(MANAGEMENT)],
  } as const

  const works = async (
    t: { equal: typeof import('tap').default.equal; match: typeof import('tap').default.match },
    what: string,
  ): Promise<void> => {
    t.equal(
      await hears(lab, 'attacker', SENSOR_ADDRESS, MANAGEMENT),
      'management',
      `${what}: management`,
    )
    t.equal(await hears(lab, 'sensor', attackerAddress(0), UPLINK), 'uplink', `${what}: uplink`)
    t.equal(await hears(lab, 'attacker', SENSOR_ADDRESS, KERNEL_WEB), '', `${what}: not the kernel`)
    const page = await lab.attacker.exec('curl', [
      '-sS',
      '-m',
      '5',
      '-D',
      '-',
      `http://${SENSOR_ADDRESS}/`,
    ])
    t.match(
      page.stdout,
      /^HTTP\/1\.1 200 OK[\s\S]*Server: Microsoft-IIS\/10\.0/,
      `${what}: persona`,
    )
  }

  let sensor = await startSensor(lab, options)
  await works(t, 'at first')
  t.match(await fence(lab), /table inet cuttle_fence/)

  await t.test('every SYN-ACK is the persona’s and no RST is the kernel’s', async (t) => {
    const dump = lab.attacker.spawn(
      'tcpdump',
      ['-l', '-n', '-v', '-i', 'eth0', `src host ${SENSOR_ADDRESS} and (tcp port 4444 or icmp)`],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let seen = ''
    dump.stdout?.setEncoding('utf8').on('data', (text: string) => {
      seen += text
    })
    if (dump.stderr !== null) await once(dump.stderr, 'data')
    await pause(200)
    t.equal(await visit(lab.attacker, 4444, 'who is there\n'), true)
    await lab.attacker.exec('ping', ['-n', '-c', '1', '-W', '2', SENSOR_ADDRESS])
    await until('its answers', 5000, () => /Flags \[F/.test(seen))
    await pause(300)
    dump.kill()
    t.match(seen, /ttl 128[\s\S]*Flags \[S\.\][^\n]*win 8192,/)
    t.notMatch(seen, /ttl 64/, 'not one packet of the kernel’s')
    t.notMatch(seen, /Flags \[R/)
    t.equal(seen.match(/echo reply/g)?.length, 1, 'one answer to a ping')
    t.match((await payloadAt(state, 4444)).cuttle, { payload: { preview: /who is there/ } })
  })

  await t.test('killed, and started again', async (t) => {
    process.kill(sensor.pid, 'SIGKILL')
    await once(sensor.child, 'exit')
    t.match(
      await fence(lab),
      /cuttle_fence/,
      'the fence outlives it: the kernel still does not answer',
    )
    sensor = await startSensor(lab, options)
    await works(t, 'again')
  })

  await sensor.stop()
  t.equal(sensor.child.exitCode, 0, sensor.output())
  t.equal(await fence(lab), '', 'no table is left')
  t.equal(await portRange(lab), rangeBefore, 'the port range is what it was')
  t.equal(
    await hears(lab, 'attacker', SENSOR_ADDRESS, KERNEL_WEB),
    'kernel',
    'the machine is itself again',
  )
})

t.test('who would lock himself out is told so', { skip }, async (t) => {
  const lab = await hostLab(t)
  const state = `${scratch(t)}/state`
  const { code, stderr } = await lab.sensor.exec(
    CUTTLE,
    [
      ...['run', '--interface', ATTACK_INTERFACE, '--mode', 'shared', '--state', state],
      ...['--address', `${SENSOR_ADDRESS}/16`, '--management-ports', '22,443'],
    ],
    { timeoutMs: 20_000, env: { ...process.env, SSH_CONNECTION: '192.0.2.1 5000 192.0.2.2 2022' } },
  )
  t.equal(code, 2)
  t.match(stderr, /^cuttle run: .*2022.*--management-ports.*\n$/)
  t.equal(stderr.split('\n').length, 2)
  t.equal(await fence(lab), '')
  t.not(spawnSync('test', ['-e', state]).status, 0, 'no state directory was made')
})
