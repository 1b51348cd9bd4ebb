/**
 * One packet worker and two, same run. Twice over: sessions as fast as one load client makes them (which shares
 * the cores: on a machine of two it is the limit), and bursts that have all arrived before the sensor may
 * work, so that nothing but the sensor runs.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLab, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { type Running, sensorMac, startSensor } from '../lab/processes.ts'
import { median, PERSONA, pause, threadsOf, WARM_MS } from './machine.ts'
import { dropAnswers, linkOf, type Row, tool } from './raw.ts'

const SESSIONS = 50_000
const IN_FLIGHT = 256
const SOURCES = '198.18.128.0/20'
const PAYLOAD_BYTES = 64
const SETTLE_MS = 2500
/** Three frames each: what the receive ring of one worker holds. */
const BURST = 5000
const BURSTS = 9
/** Bursts before V8 has compiled what they run. */
const UNMEASURED = 4

export async function lanes(): Promise<Row> {
  const one = await withWorkers(1)
  const two = await withWorkers(2)
  const ratio = (key: string): number => (two[key] ?? 0) / (one[key] ?? 0)
  const rows: Row = {}
  for (const [key, value] of Object.entries(one)) {
    rows[`1 worker: ${key}`] = value
    rows[`2 workers: ${key}`] = two[key] ?? Number.NaN
  }
  return {
    ...rows,
    '2 ÷ 1: burst sessions/s': ratio('burst sessions/s'),
    '2 ÷ 1: sessions/s with the client': ratio('sessions/s with the client'),
    '1 ÷ 2: CPU of the busiest worker, client': 1 / ratio('client: busiest worker CPU µs'),
    '1 ÷ 2: CPU of the busiest worker, burst': 1 / ratio('burst: busiest worker CPU µs'),
  }
}

async function withWorkers(workers: number): Promise<Row> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const sensor = await startSensor(lab, {
      state,
      doors: 'all',
      persona: PERSONA,
      flags: ['--workers', String(workers)],
    })
    await pause(WARM_MS)
    // Each worker compiles for itself what its own sessions have run often.
    await withClient(lab, sensor)
    const closed = await withClient(lab, sensor)
    const open = await bursts(lab, sensor)
    const { lostReceive } = await linkOf(lab, state)
    await sensor.stop()
    return { ...closed, ...open, 'frames lost': lostReceive }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

async function withClient(lab: Lab, { pid }: Running): Promise<Row> {
  const before = threadsOf(pid)
  const { code, stdout, stderr } = await lab.attacker.exec(tool('tcpload'), [
    ...['-n', String(SESSIONS), '-c', String(IN_FLIGHT), '-L', String(PAYLOAD_BYTES), '-k', '0'],
    ...['--src', SOURCES, '--json', SENSOR_ADDRESS],
  ])
  if (code !== 0) throw new Error(`tcpload: ${stderr}`)
  await pause(SETTLE_MS)
  const { handshakes, conn_s } = JSON.parse(stdout) as { handshakes: number; conn_s: number }
  return {
    'sessions/s with the client': conn_s,
    ...spent('client', before, threadsOf(pid), handshakes),
  }
}

type Threads = ReturnType<typeof threadsOf>

function spent(what: string, before: Threads, after: Threads, sessions: number): Row {
  const each = (name: string): number[] =>
    [...after]
      .filter(([, thread]) => thread.name === name)
      .map(([id, { us }]) => (us - (before.get(id)?.us ?? 0)) / sessions)
  return {
    [`${what}: busiest worker CPU µs`]: Math.max(...each('packets')),
    [`${what}: all workers CPU µs`]: each('packets').reduce((a, b) => a + b, 0),
    [`${what}: main thread CPU µs`]: Math.max(...each('MainThread')),
  }
}

async function bursts(lab: Lab, { pid }: Running): Promise<Row> {
  const mac = await sensorMac(lab)
  await dropAnswers(lab)
  const before = threadsOf(pid)
  const { code, stdout, stderr } = await lab.attacker.exec(tool('burst'), [
    ...['eth0', mac, SENSOR_ADDRESS, String(pid), String(BURST), String(BURSTS)],
  ])
  if (code !== 0) throw new Error(`burst: ${stderr}`)
  const { seconds, answered } = JSON.parse(stdout) as { seconds: number[]; answered: number[] }
  const rates = seconds.map((s, n) => (answered[n] ?? 0) / s).slice(UNMEASURED)
  return {
    'burst sessions/s': median(rates),
    ...spent('burst', before, threadsOf(pid), BURSTS * BURST),
    'burst sessions unanswered': BURSTS * BURST - answered.reduce((a, b) => a + b, 0),
  }
}
