/** From exec to the first answered SYN, of a sensor that has run before. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { sensorMac, startSensor } from '../lab/processes.ts'

const PORT = 80
const prober = fileURLToPath(new URL('first-answer.ts', import.meta.url))

export async function start(): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const first = await startSensor(lab, { state, doors: 'all' })
    // The kernel asks ARP once a second: known beforehand, it does not blur the measurement.
    const mac = await sensorMac(lab)
    await first.stop()
    await lab.attacker.exec('ip', [
      ...['neigh', 'replace', SENSOR_ADDRESS, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent'],
    ])
    const client = lab.attacker.spawn(process.execPath, [prober, SENSOR_ADDRESS, String(PORT)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    client.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    if (client.stdout !== null) await once(client.stdout, 'data')
    const ended = once(client, 'close')
    const began = process.hrtime.bigint()
    const sensor = await startSensor(lab, { state, doors: 'all' })
    await ended
    const answered = /^answered (\d+)$/m.exec(said)?.[1]
    if (answered === undefined) throw new Error(`no SYN was answered: ${said}`)
    await sensor.stop()
    return { 'start ms': Number(BigInt(answered) - began) / 1e6 }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}
