/** SYNs of random sources as fast as they leave, and a real client in the middle of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLab, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { sensorMac } from '../lab/processes.ts'
import { PERSONA, pause, pssOf } from './machine.ts'
import { latest, startProbed, waiting, watchMemory } from './probed.ts'
import { CLIENT_PORT, dropAnswers, type Row, statusOf, tool } from './raw.ts'

const TRY_EVERY_MS = 500
const SETTLE_MS = 4000
/** Its server speaks first. */
const BANNER_PORT = 22

const client = fileURLToPath(new URL('client.ts', import.meta.url))

export async function flood({ seconds = 60 }: { seconds?: number } = {}): Promise<Row> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const { sensor, seen } = await startProbed(lab, { state, doors: 'all', persona: PERSONA })
    const mac = await sensorMac(lab)
    await dropAnswers(lab)
    const before = pssOf(sensor.pid)
    const memory = watchMemory(sensor.pid)
    const began = Date.now()
    const tries = Math.max(Math.floor((seconds * 1000) / TRY_EVERY_MS) - 2, 1)
    const [sent, told] = await Promise.all([
      frames(lab, mac, 'syn', seconds),
      lab.attacker.exec(process.execPath, [
        ...[client, SENSOR_ADDRESS, String(BANNER_PORT), String(tries), String(TRY_EVERY_MS)],
        String(CLIENT_PORT),
      ]),
    ])
    const measured = seen(began)
    await pause(SETTLE_MS)
    memory.stop()
    const { handshakes, banners, worst } = JSON.parse(told.stdout) as Record<string, number>
    const { stack, link } = await statusOf(lab, state)
    const after = pssOf(sensor.pid)
    await sensor.stop()
    return {
      'SYNs/s sent': sent / seconds,
      'SYNs/s answered': (stack.synAcks ?? 0) / seconds,
      'lost at the ring, of all': (link.lostReceive ?? 0) / sent,
      'PSS MB before': before / 1e6,
      'PSS MB after ten seconds': (memory.samples[10] ?? Number.NaN) / 1e6,
      'PSS MB highest': Math.max(...memory.samples) / 1e6,
      'PSS MB after': after / 1e6,
      'latest timer, ms': latest(measured),
      'waited for a core, share of the time': waiting(measured),
      'client: tries': tries,
      'client: handshakes': handshakes ?? 0,
      'client: banners': banners ?? 0,
      'client: worst ms to the banner': worst ?? 0,
    }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

/** Frames that left. `rate`: a second; absent: as fast as they leave. */
export async function frames(
  lab: Lab,
  mac: string,
  mode: 'syn' | 'sweep' | 'fragments' | 'garbage',
  seconds: number,
  rate = 0,
): Promise<number> {
  const { code, stdout, stderr } = await lab.attacker.exec(tool('frames'), [
    ...[mode, 'eth0', mac, SENSOR_ADDRESS, String(seconds), String(rate)],
  ])
  if (code !== 0) throw new Error(`frames ${mode}: ${stderr}`)
  return (JSON.parse(stdout) as { sent: number }).sent
}
