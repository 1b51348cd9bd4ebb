/** What the sensor weighs at rest, and what a held connection adds. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLab, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { startSensor } from '../lab/processes.ts'
import { PERSONA, pause, pssOf, WARM_MS } from './machine.ts'

/** A process may have 20,000 files open on many machines: several clients share the connections. */
const HELD_EACH = 12_500
/** The sensor's default is no more than what is held here. */
const FLOWS = ['--flow-max', '200000']
const IN_FLIGHT = 256
/** From the last connection of each client; the others may still be at it. */
const HOLD_S = 15
const SETTLE_MS = 4000

const tool = fileURLToPath(new URL('build/tcpload', import.meta.url))

export async function memory({
  held: wanted = 50_000,
}: {
  held?: number
} = {}): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    // Greeting protocols would talk to a silent visitor, and idle ones be dropped: neither is measured here.
    const sensor = await startSensor(lab, {
      state,
      doors: 'all',
      persona: PERSONA,
      flags: ['--flow-idle-seconds', '600', ...FLOWS],
    })
    await pause(WARM_MS)
    const idle = pssOf(sensor.pid)
    const clients = Array.from({ length: Math.ceil(wanted / HELD_EACH) }, (_, n) =>
      hold(lab, Math.min(HELD_EACH, wanted - n * HELD_EACH)),
    )
    await Promise.all(clients.map((client) => client.holding))
    await pause(SETTLE_MS)
    const full = pssOf(sensor.pid)
    const reports = await Promise.all(clients.map((client) => client.report))
    const held = reports.reduce((sum, report) => sum + report.held, 0)
    const lost = reports.reduce((sum, report) => sum + report.lost_eof + report.lost_rst, 0)
    await sensor.stop()
    return {
      'idle PSS MB': idle / 1e6,
      held,
      'lost while held': lost,
      'bytes per held connection': (full - idle) / held,
    }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

type Report = { readonly held: number; readonly lost_eof: number; readonly lost_rst: number }

/** One client: `holding` when all its connections are up, `report` at its end. */
function hold(lab: Lab, count: number): { holding: Promise<unknown>; report: Promise<Report> } {
  const client = lab.attacker.spawn(
    tool,
    [
      ...['-n', String(count), '-c', String(IN_FLIGHT), '-p', '20000-60000'],
      ...['--hold', String(HOLD_S), '--json', SENSOR_ADDRESS],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let stdout = ''
  let stderr = ''
  client.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const ended = once(client, 'close')
  const spoke = new Promise<void>((resolve) => {
    client.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      resolve()
    })
  })
  const report = ended.then(() => {
    if (stdout === '') throw new Error(`tcpload: ${stderr}`)
    return JSON.parse(stdout) as Report
  })
  return { holding: Promise.race([spoke, ended]), report }
}
