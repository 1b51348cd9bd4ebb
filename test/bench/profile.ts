/** Where the time goes in a session flood: CPU of each thread of the sensor, and the functions that take it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { PERSONA, pause, threadsOf, WARM_MS } from './machine.ts'
import { PROFILE_AFTER_MS, PROFILE_MS } from './probe.ts'
import { startProbed } from './probed.ts'
import { type Row, tool } from './raw.ts'

const SESSIONS = 100_000
const IN_FLIGHT = 256
const PAYLOAD_BYTES = 64
const SHOWN = 10
const SETTLE_MS = 2500

export async function profile(): Promise<Row> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const options = { state, doors: 'all', persona: PERSONA } as const
    const { sensor, seen } = await startProbed(lab, options, true)
    // The load falls into the time that is profiled.
    await pause(PROFILE_AFTER_MS - WARM_MS + SETTLE_MS / 2)
    const before = threadsOf(sensor.pid)
    const began = Date.now()
    const { code, stdout, stderr } = await lab.attacker.exec(tool('tcpload'), [
      ...['-n', String(SESSIONS), '-c', String(IN_FLIGHT), '-L', String(PAYLOAD_BYTES)],
      ...['-k', '0', '--json', SENSOR_ADDRESS],
    ])
    if (code !== 0) throw new Error(`tcpload: ${stderr}`)
    await pause(SETTLE_MS)
    const { handshakes } = JSON.parse(stdout) as { handshakes: number }
    const rows: Row = {}
    for (const [id, { name, us }] of threadsOf(sensor.pid)) {
      const spent = (us - (before.get(id)?.us ?? 0)) / handshakes
      const key = `thread ${name}, µs a session`
      if (spent > 0.05) rows[key] = (rows[key] ?? 0) + spent
    }
    const pauses = seen(began).flatMap(({ gc }) => gc)
    rows['GC pauses of the packet thread, µs a session'] =
      (pauses.reduce((a, b) => a + b, 0) * 1000) / handshakes
    await pause(Math.max(began + PROFILE_MS + SETTLE_MS - Date.now(), 0))
    await sensor.stop()
    for (const file of readdirSync(state).filter((name) => name.endsWith('.cpuprofile'))) {
      const [, thread = ''] = /^(\w+)/.exec(file) ?? []
      for (const [name, share] of hottest(readFileSync(join(state, file), 'utf8')))
        rows[`${thread}, %: ${name}`] = share * 100
    }
    return rows
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Functions by the time they take themselves, as shares of the time that is not idle. */
function hottest(text: string): [name: string, share: number][] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      `${functionName || (url === '' ? 'compiled code (ring.node: send)' : 'anonymous')} ${url.replace(/^.*\/(agent|protocols|rotation|node_modules)\//, '$1/')}`,
    ]),
  )
  const times = new Map<string, number>()
  let all = 0
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    if (name.startsWith('(idle)')) continue
    const time = timeDeltas[i] ?? 0
    all += time
    times.set(name, (times.get(name) ?? 0) + time)
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => [name.trim(), time / all])
}
