/** Short sessions with a payload, as many as one load client manages: the sensor, and the floor on the same wire. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ATTACK_INTERFACE, ATTACK_PREFIX, createLab, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { CUTTLE, startSensor } from '../lab/processes.ts'
import { cpuOf, cpuOfAll, pause, WARM_MS } from './machine.ts'

const SESSIONS = 100_000
const IN_FLIGHT = 256
const PAYLOAD_BYTES = 64
const FLOOR_PORT = 9999
/** The last flows close, the outbox commits once a second. */
const SETTLE_MS = 2500
const RUN = 'cuttleld'

const tool = (name: string): string => fileURLToPath(new URL(`build/${name}`, import.meta.url))

export async function sessions(): Promise<Record<string, number>> {
  const ours = await withSensor()
  const floor = await withFloor()
  return {
    ...ours,
    'floor: sessions/s': floor['sessions/s'] ?? 0,
    'floor: process CPU µs each': floor['process CPU µs each'] ?? 0,
    'floor: whole-system CPU µs each': floor['whole-system CPU µs each'] ?? 0,
    'whole system, ours ÷ floor':
      (ours['whole-system CPU µs each'] ?? 0) / (floor['whole-system CPU µs each'] ?? 0),
  }
}

async function load(lab: Lab, pid: number): Promise<Record<string, number>> {
  const all = cpuOfAll()
  const own = cpuOf(pid)
  const { code, stdout, stderr } = await lab.attacker.exec(tool('tcpload'), [
    ...['-n', String(SESSIONS), '-c', String(IN_FLIGHT), '-L', String(PAYLOAD_BYTES), '-k', '0'],
    ...['--run', RUN, '--json', SENSOR_ADDRESS],
  ])
  if (code !== 0) throw new Error(`tcpload: ${stderr}`)
  await pause(SETTLE_MS)
  const { handshakes, conn_s } = JSON.parse(stdout) as { handshakes: number; conn_s: number }
  return {
    handshakes,
    'sessions/s': conn_s,
    'process CPU µs each': (cpuOf(pid) - own) / handshakes,
    'whole-system CPU µs each': (cpuOfAll() - all) / handshakes,
  }
}

async function withSensor(): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const sensor = await startSensor(lab, { state, doors: 'all' })
    await pause(WARM_MS)
    const measured = await load(lab, sensor.pid)
    await sensor.stop()
    return { ...measured, 'payloads not recorded': SESSIONS - (await recorded(lab, state)) }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

/** Events in the outbox whose payload is one of ours. */
async function recorded(lab: Lab, state: string): Promise<number> {
  const { stdout } = await lab.sensor.exec(CUTTLE, [
    ...['events', '--json', '--state', state, '--limit', String(SESSIONS * 4)],
  ])
  const serials = new Set<string>()
  for (const [, serial] of stdout.matchAll(new RegExp(`${RUN}[^"]{0,8}?(\\d{10})`, 'g')))
    if (serial !== undefined) serials.add(serial)
  return serials.size
}

async function withFloor(): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const inside = async (command: string, ...args: string[]): Promise<void> => {
      const { code, stderr } = await lab.sensor.exec(command, args)
      if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
    }
    await inside(
      'ip',
      'address',
      'add',
      `${SENSOR_ADDRESS}/${ATTACK_PREFIX}`,
      'dev',
      ATTACK_INTERFACE,
    )
    await inside('ip', 'rule', 'add', 'fwmark', '1', 'lookup', '100')
    await inside('ip', 'route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo', 'table', '100')
    await inside(
      'nft',
      `table ip floor { chain incoming { type filter hook prerouting priority mangle; iifname "${ATTACK_INTERFACE}" meta l4proto tcp tproxy to :${FLOOR_PORT} meta mark set 1 accept; }; }`,
    )
    const floor = lab.sensor.spawn(
      tool('floor'),
      [String(FLOOR_PORT), join(state, 'log'), 'tproxy'],
      {
        stdio: 'ignore',
      },
    )
    await pause(300)
    if (floor.pid === undefined || floor.exitCode !== null) throw new Error('floor does not run')
    return await load(lab, floor.pid)
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}
