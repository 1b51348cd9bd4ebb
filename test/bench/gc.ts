/** Pauses of the garbage collector in the packet thread while sessions come as fast as one client makes them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { PERSONA } from './machine.ts'
import { latest, quantile, startProbed, waiting } from './probed.ts'
import { type Row, tool } from './raw.ts'

const SESSIONS = 100_000
const IN_FLIGHT = 256
const PAYLOAD_BYTES = 64

export async function gc(): Promise<Row> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const { sensor, seen } = await startProbed(lab, { state, doors: 'all', persona: PERSONA })
    const began = Date.now()
    const { code, stdout, stderr } = await lab.attacker.exec(tool('tcpload'), [
      ...['-n', String(SESSIONS), '-c', String(IN_FLIGHT), '-L', String(PAYLOAD_BYTES)],
      ...['-k', '0', '--json', SENSOR_ADDRESS],
    ])
    if (code !== 0) throw new Error(`tcpload: ${stderr}`)
    const seconds = seen(began)
    await sensor.stop()
    const { handshakes, conn_s } = JSON.parse(stdout) as Record<string, number>
    const pauses = seconds.flatMap(({ gc }) => gc)
    const total = pauses.reduce((a, b) => a + b, 0)
    return {
      'sessions/s': conn_s ?? 0,
      'collections for 1,000 sessions': (pauses.length * 1000) / (handshakes ?? 0),
      'pause p50, ms': quantile(pauses, 0.5),
      'pause p99, ms': quantile(pauses, 0.99),
      'longest pause, ms': quantile(pauses, 1),
      'paused, share of the time': total / (((handshakes ?? 0) / (conn_s ?? 1)) * 1000),
      'latest timer, ms': latest(seconds),
      'waited for a core, share of the time': waiting(seconds),
    }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}
