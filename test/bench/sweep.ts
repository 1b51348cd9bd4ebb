/** Every TCP port of the sensor at once: how many answer, and what an answer costs; by a sensor at rest, and again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLab, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
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
    const flags = await scanFlags(lab, RATE, join(state, 'open.txt'))
    const first = await scan(lab, sensor.pid, flags)
    const again = await scan(lab, sensor.pid, flags)
    await sensor.stop()
    return {
      'first: lost': PORTS - first.answered,
      'first: sensor CPU µs per answer': first.cost / first.answered,
      'again: lost': PORTS - again.answered,
      'again: sensor CPU µs per answer': again.cost / again.answered,
    }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

async function scan(
  lab: Lab,
  pid: number,
  flags: readonly string[],
): Promise<{ answered: number; cost: number }> {
  const seen = await scanAnswers(lab)
  // masscan ends only when one more frame comes in.
  const ping = lab.attacker.spawn('ping', ['-i', '0.5', SENSOR_ADDRESS], { stdio: 'ignore' })
  const before = cpuOf(pid)
  const { code, stderr } = await lab.attacker.exec('masscan', flags)
  ping.kill()
  if (code !== 0) throw new Error(`masscan: ${stderr}`)
  return { cost: cpuOf(pid) - before, answered: (await scanAnswers(lab)) - seen }
}
