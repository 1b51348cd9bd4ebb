/** Everything at once for minutes, at rates that a ring holds: memory stays, and every frame is counted somewhere. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { balance } from '../fuzz/stack.ts'
import { ATTACK_INTERFACE, createLab, type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { sensorMac } from '../lab/processes.ts'
import { frames } from './flood.ts'
import { PERSONA, pause } from './machine.ts'
import { latest, quantile, startProbed, waiting, watchMemory } from './probed.ts'
import { CLIENT_PORT, dropAnswers, type Row, type SensorStatus, statusOf, tool } from './raw.ts'

/** Frames a second of each kind; sessions a second. */
const RATES = { sweep: 2000, syn: 4000, fragments: 1000, garbage: 1000, sessions: 300 }
const SETTLE_MS = 4000

export async function mixed({ seconds = 600 }: { seconds?: number } = {}): Promise<Row> {
  const state = mkdtempSync(join(tmpdir(), 'cuttle-bench-'))
  const lab = await createLab()
  try {
    const { sensor, seen } = await startProbed(lab, { state, doors: 'all', persona: PERSONA })
    const mac = await sensorMac(lab)
    await dropAnswers(lab)
    const range = `echo ${CLIENT_PORT} 65535 > /proc/sys/net/ipv4/ip_local_port_range`
    const { code, stderr } = await lab.attacker.exec('sh', ['-c', range])
    if (code !== 0) throw new Error(stderr)
    const memory = watchMemory(sensor.pid)
    const began = Date.now()
    const [handshakes] = await Promise.all([
      sessions(lab, seconds),
      frames(lab, mac, 'sweep', seconds, RATES.sweep),
      frames(lab, mac, 'syn', seconds, RATES.syn),
      frames(lab, mac, 'fragments', seconds, RATES.fragments),
      frames(lab, mac, 'garbage', seconds, RATES.garbage),
    ])
    const measured = seen(began)
    await pause(SETTLE_MS)
    memory.stop()
    const status = await statusOf(lab, state)
    const onWire = await arrived(lab)
    await sensor.stop()
    const { samples } = memory
    const quarter = (n: number): number =>
      quantile(samples.slice((samples.length * n) >> 2, (samples.length * (n + 1)) >> 2), 0.5) / 1e6
    return {
      seconds,
      handshakes,
      'frames on the wire': onWire,
      ...unexplained(status, onWire),
      'PSS MB, first quarter': quarter(0),
      'PSS MB, second quarter': quarter(1),
      'PSS MB, third quarter': quarter(2),
      'PSS MB, last quarter': quarter(3),
      'latest timer, ms': latest(measured),
      'waited for a core, share of the time': waiting(measured),
      'GC pause p99, ms': quantile(
        measured.flatMap(({ gc }) => gc),
        0.99,
      ),
    }
  } finally {
    await lab.close()
    rmSync(state, { recursive: true, force: true })
  }
}

async function sessions(lab: Lab, seconds: number): Promise<number> {
  const count = String(RATES.sessions * seconds)
  const { code, stdout, stderr } = await lab.attacker.exec(tool('tcpload'), [
    ...['-n', count, '-R', String(RATES.sessions), '-c', '256', '-L', '64', '-k', '0'],
    ...['--json', SENSOR_ADDRESS],
  ])
  if (code !== 0) throw new Error(`tcpload: ${stderr}`)
  return (JSON.parse(stdout) as { handshakes: number }).handshakes
}

/** What the interface has taken in. */
async function arrived(lab: Lab): Promise<number> {
  const path = `/sys/class/net/${ATTACK_INTERFACE}/statistics/rx_packets`
  return Number((await lab.sensor.exec('cat', [path])).stdout)
}

/** Frames that neither the link nor the stack accounts for. */
function unexplained({ stack, udp, link }: SensorStatus, onWire: number): Row {
  const { received = Number.NaN, lostReceive = Number.NaN } = link
  return {
    'lost at the ring': lostReceive,
    'unexplained between wire and link': onWire - received - lostReceive,
    'unexplained between link and stack': received - (stack.frames ?? Number.NaN),
    'unexplained in the stack':
      balance(stack as Parameters<typeof balance>[0]) - (udp.datagrams ?? Number.NaN),
    'answers lost': (link.lostSend ?? 0) + (stack.lostSend ?? 0),
  }
}
