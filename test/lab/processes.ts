/** The sensor and the hub as processes of a lab's machines: started, waited for, stopped. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  ATTACK_INTERFACE,
  ATTACK_PREFIX,
  attackerAddress,
  HUB_ADDRESS,
  type Lab,
  type Machine,
  SENSOR_ADDRESS,
} from './lab.ts'

export const CUTTLE = fileURLToPath(new URL('../../cuttle', import.meta.url))
export const HUB_HTTP_PORT = 8080
const HUB_MQTT_PORT = 1883
const SCAN_PORT = 61_000
const READY_MS = 30_000
/** A sensor may still hand its last events to the hub. */
const STOP_MS = 15_000
const SHOWN_LINES = 15
const KEPT_BYTES = 64 * 1024

export type Running = {
  /** Of the node process itself: `ip netns exec` and the launcher replace themselves. */
  readonly pid: number
  readonly child: ChildProcess
  /** The last that it has written to stdout and stderr. */
  output(): string
  /** SIGTERM, and its end. */
  stop(): Promise<void>
}

export type SensorOptions = {
  readonly state: string
  readonly name?: string
  readonly doors?: 'gated' | 'all' | 'strict'
  readonly persona?: string
  readonly mode?: 'own' | 'shared'
  readonly link?: 'ring' | 'pcap'
  /** Without it events stay in the outbox. */
  readonly hub?: string
  readonly flags?: readonly string[]
  /** Beside what the lab gives every process. */
  readonly env?: Readonly<Record<string, string>>
}

export async function startSensor(lab: Lab, options: SensorOptions): Promise<Running> {
  const sensor = await start(
    lab.sensor,
    /"msg":"sensor ready"/,
    [
      'run',
      ...['--interface', ATTACK_INTERFACE],
      ...['--mode', options.mode ?? 'own'],
      ...['--address', `${SENSOR_ADDRESS}/${ATTACK_PREFIX}`],
      ...['--gateway', attackerAddress(0)],
      ...['--doors', options.doors ?? 'all'],
      ...['--persona', options.persona ?? 'auto'],
      ...['--link', options.link ?? 'ring'],
      ...['--name', options.name ?? 'lab'],
      ...['--state', options.state],
      ...(options.hub === undefined ? [] : ['--hub', options.hub]),
      ...(options.flags ?? []),
    ],
    options.env,
  )
  // Another machine may have had the address a moment ago; Windows asks for three seconds before it says that it is there.
  for (const attacker of lab.attackers) await attacker.exec('ip', ['neigh', 'flush', 'all'])
  return sensor
}

export type RunningHub = Running & { /** What sensors are given as --hub. */ readonly url: string }

export async function startHub(lab: Lab, state: string): Promise<RunningHub> {
  const hub = await start(lab.hub, /^cuttle hub: http/m, [
    'hub',
    ...['--state', state],
    ...['--listen', `${HUB_ADDRESS}:${HUB_HTTP_PORT}`],
    ...['--mqtt', `${HUB_ADDRESS}:${HUB_MQTT_PORT}`],
  ])
  const password = readFileSync(join(state, 'sensor-password'), 'utf8').trim()
  return { ...hub, url: `mqtt://sensor:${password}@${HUB_ADDRESS}:${HUB_MQTT_PORT}` }
}

/** The hardware address of the machine that the sensor plays: as ARP finds it. */
export async function sensorMac(lab: Lab): Promise<string> {
  await lab.attacker.exec('ping', ['-n', '-c', '1', '-W', '2', SENSOR_ADDRESS])
  const { stdout } = await lab.attacker.exec('ip', ['neigh', 'show', SENSOR_ADDRESS])
  const mac = /lladdr ([0-9a-f:]{17})/.exec(stdout)?.[1]
  if (mac === undefined)
    throw new Error(`nobody answers ARP for ${SENSOR_ADDRESS}: ${stdout.trim()}`)
  return mac
}

/** Flags of a masscan over every TCP port from attacker 1; its own kernel, which knows nothing of it, stays out of it as masscan's manual advises. */
export async function scanFlags(lab: Lab, rate: number, list: string): Promise<string[]> {
  const mac = await sensorMac(lab)
  await lab.attacker.exec('nft', [
    `table netdev scanner { chain answers { type filter hook ingress device eth0 priority 0; tcp dport ${SCAN_PORT} tcp flags & (syn | ack) == syn | ack counter drop; tcp dport ${SCAN_PORT} drop; }; }`,
  ])
  return [
    ...[SENSOR_ADDRESS, '-p', '1-65535', '--rate', String(rate), '--wait', '2', '-oL', list],
    ...['-e', 'eth0', '--source-ip', attackerAddress(0), '--source-port', String(SCAN_PORT)],
    ...['--router-mac', mac.replaceAll(':', '-')],
  ]
}

/** SYN-ACKs that reached the scanner's machine. masscan itself misses some: its capture overflows at high rates. */
export async function scanAnswers(lab: Lab): Promise<number> {
  const { stdout } = await lab.attacker.exec('nft', ['list', 'table', 'netdev', 'scanner'])
  return Number(/counter packets (\d+)/.exec(stdout)?.[1])
}

/** What keeps a lab's programs from running here: one line for each, empty when nothing does. */
export const lacking = (commands: readonly string[]): string[] =>
  commands.filter((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0)

async function start(
  machine: Machine,
  ready: RegExp,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  // The machine is entered by a program that takes some variables away: these come after it.
  const set = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const child = machine.spawn('env', [...set, CUTTLE, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const { pid } = child
  const began = new Promise<void>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(
        new Error(
          `cuttle ${args[0]}: ${why}\n${output.trim().split('\n').slice(-SHOWN_LINES).join('\n')}`,
        ),
      )
    const patience = setTimeout(() => fail(`not ready after ${READY_MS / 1000} s`), READY_MS)
    const heard = (text: string): void => {
      output = (output + text).slice(-KEPT_BYTES)
      if (!ready.test(output)) return
      clearTimeout(patience)
      resolve()
    }
    child.stdout?.setEncoding('utf8').on('data', heard)
    child.stderr?.setEncoding('utf8').on('data', heard)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code, signal) => {
      clearTimeout(patience)
      fail(`ended (${signal ?? code})`)
    })
  })
  await began
  if (pid === undefined) throw new Error('no pid')
  return {
    pid,
    child,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(patience)
    },
  }
}
