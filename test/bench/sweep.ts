/** Every TCP port of the sensor at once: how many answer, and what an answer costs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLab } from '../lab/lab.ts'
import { scanAnswers, scanFlags, startSensor } from '../lab/processes.ts'
import { cpuOf, pause, WARM_MS } from './machine.ts'

const PORTS = 65_535
const RATE = 300_000

export async function sweep(): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const sensor = await startSensor(lab, { state, doors: 'all' })
    await pause(WARM_MS)
    const list = join(state, 'open.txt')
    const flags = await scanFlags(lab, RATE, list)
    const before = cpuOf(sensor.pid)
    const { code, stderr } = await lab.attacker.exec('masscan', flags)
    if (code !== 0) throw new Error(`masscan: ${stderr}`)
    const cost = cpuOf(sensor.pid) - before
    const answered = await scanAnswers(lab)
    await sensor.stop()
    return { answered, lost: PORTS - answered, 'sensor CPU µs per answer': cost / answered }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}
