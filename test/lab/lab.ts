/**
 * Network namespaces as code: attackers, a sensor and its hub, each a machine of its own, none of
 * them joined to this machine's network. Needs root and iproute2.
 *
 * The attack side is 198.18.0.0/16 and the management side 198.19.0.0/30: both lie in 198.18.0.0/15, which
 * RFC 2544 (and RFC 6815) sets aside for benchmarks between devices. They are routed nowhere, no real
 * interface of this machine has them, and unlike 10/8 they are no private range that a sensor may treat in its own way.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'

export const ATTACK_NET = '198.18.0.0/16'
export const HUB_ADDRESS = '198.19.0.2'
const SENSOR_MANAGEMENT = '198.19.0.1'
/** The sensor's own address on the attack side: its kernel does not have it, the agent answers ARP for it. */
export const SENSOR_ADDRESS = '198.18.1.1'
export const ATTACK_PREFIX = 16
/** Sources that attacker 1 may use beside its own (its kernel answers ARP for them). */
export const SOURCE_RANGE = '198.18.128.0/17'
export const attackerAddress = (n: number): string => `198.18.0.${n + 1}`
/** In the sensor's namespace. */
export const ATTACK_INTERFACE = 'attack'

const PREFIX = 'cuttle-lab'
const MAX_ATTACKERS = 200
/** From SIGTERM to SIGKILL. */
const KILL_GRACE_MS = 2000
const LOOK_MS = 20
const CARRIER_MS = 5000

export type Finished = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** One machine of the lab. */
export type Machine = {
  /** Of its network namespace. */
  readonly name: string
  /** Start a command in it. It ends with the lab, whatever happens. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** Run a command in it to its end. Rejects when it cannot be started; a failing command is no rejection. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<Finished>
}
export type ExecOptions = SpawnOptions & { readonly timeoutMs?: number; readonly input?: string }

export type Lab = {
  readonly attackers: readonly Machine[]
  readonly attacker: Machine
  readonly sensor: Machine
  readonly hub: Machine
  /** End every process and namespace of the lab. Can be called again. */
  close(): Promise<void>
}

/**
 * `attackers` beyond one share a switch with the sensor; a single one has a wire of its own.
 * `signals`: SIGINT, SIGTERM and SIGHUP end this process, and the lab with it; false: the caller sees to both.
 */
export async function createLab({ attackers = 1, signals = true } = {}): Promise<Lab> {
  if (attackers < 1 || attackers > MAX_ATTACKERS)
    throw new RangeError(`attackers: 1 to ${MAX_ATTACKERS}`)
  await sweepLeftovers()
  labs++
  const id = `${PREFIX}-${process.pid}-${startTime(process.pid)}-${labs}`
  const names: string[] = []
  const machine = (role: string): Machine => {
    const name = `${id}-${role}`
    ip('netns', 'add', name)
    names.push(name)
    // No router solicitations, no multicast reports: every frame on the wire is somebody's doing.
    inside(
      name,
      'sh',
      '-c',
      'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done',
    )
    inside(name, 'ip', 'link', 'set', 'lo', 'up')
    return {
      name,
      spawn: (command, args, options = {}) => spawn('ip', entering(name, command, args), options),
      exec: (command, args, options) => execute(name, command, args, options),
    }
  }
  const close = async (): Promise<void> => {
    for (const signal of ENDINGS) process.removeListener(signal, interrupted)
    process.removeListener('exit', closeNow)
    await remove(names)
  }
  const closeNow = (): void => removeNow(names)
  const interrupted = (signal: NodeJS.Signals): void => {
    process.exit(128 + constants.signals[signal])
  }
  if (signals) for (const signal of ENDINGS) process.on(signal, interrupted)
  process.on('exit', closeNow)
  try {
    const sensor = machine('sensor')
    const hub = machine('hub')
    const many = Array.from({ length: attackers }, (_, n) => machine(`attacker${n + 1}`))
    wireUp(machine, sensor, many)
    veth([sensor.name, 'management'], [hub.name, 'management'])
    address(sensor.name, 'management', `${SENSOR_MANAGEMENT}/30`)
    address(hub.name, 'management', `${HUB_ADDRESS}/30`)
    await carrier(sensor.name, ATTACK_INTERFACE)
    await carrier(sensor.name, 'management')
    const [attacker] = many
    if (attacker === undefined) throw new RangeError('no attacker')
    return { attackers: many, attacker, sensor, hub, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Remove what labs of processes that are no more have left behind (SIGKILL, power). Returns the names. */
export async function sweepLeftovers(): Promise<readonly string[]> {
  const dead = list().filter((name) => {
    const [, pid, started] = /^cuttle-lab-(\d+)-(\d+)-/.exec(name) ?? []
    return pid !== undefined && startTime(Number(pid)) !== Number(started)
  })
  await remove(dead)
  return dead
}

/** Names of all network namespaces. */
export function list(): string[] {
  try {
    return readdirSync('/run/netns')
  } catch {
    return []
  }
}

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
let labs = 0

function wireUp(
  machine: (role: string) => Machine,
  sensor: Machine,
  attackers: readonly Machine[],
): void {
  const [only] = attackers
  if (only !== undefined && attackers.length === 1) {
    veth([only.name, 'eth0'], [sensor.name, ATTACK_INTERFACE])
  } else {
    const between = machine('switch').name
    inside(between, 'ip', 'link', 'add', 'bridge', 'type', 'bridge')
    inside(between, 'ip', 'link', 'set', 'bridge', 'up')
    const ends = [
      ...attackers.map((a): End => [a.name, 'eth0']),
      [sensor.name, ATTACK_INTERFACE] satisfies End,
    ]
    for (const [n, end] of ends.entries()) {
      veth(end, [between, `port${n}`])
      inside(between, 'ip', 'link', 'set', `port${n}`, 'master', 'bridge')
    }
  }
  for (const [n, attacker] of attackers.entries())
    address(attacker.name, 'eth0', `${attackerAddress(n)}/${ATTACK_PREFIX}`)
  if (only !== undefined)
    inside(only.name, 'ip', 'route', 'add', 'local', SOURCE_RANGE, 'dev', 'lo')
}

type End = readonly [namespace: string, name: string]

/** Made in its two namespaces at once: no end is ever seen outside. */
function veth(a: End, b: End): void {
  ip('link', 'add', a[1], 'netns', a[0], 'type', 'veth', 'peer', 'name', b[1], 'netns', b[0])
  for (const [namespace, name] of [a, b]) {
    // Frames as they would be on a cable: no segments larger than the MTU, checksums filled in.
    spawnSync('ip', [
      'netns',
      'exec',
      namespace,
      'ethtool',
      '-K',
      name,
      'tx',
      'off',
      'tso',
      'off',
      'gso',
      'off',
      'gro',
      'off',
    ])
    inside(namespace, 'ip', 'link', 'set', name, 'up')
  }
}

/** The kernel notices a cable up to a second later, and until then sends nothing through it. */
async function carrier(namespace: string, name: string): Promise<void> {
  const state = ['netns', 'exec', namespace, 'cat', `/sys/class/net/${name}/operstate`]
  for (let waited = 0; waited < CARRIER_MS; waited += LOOK_MS) {
    if (spawnSync('ip', state, { encoding: 'utf8' }).stdout.trim() === 'up') return
    await new Promise((done) => setTimeout(done, LOOK_MS))
  }
  throw new Error(`${name} of ${namespace} does not come up`)
}

function address(namespace: string, name: string, cidr: string): void {
  inside(namespace, 'ip', 'address', 'add', cidr, 'dev', name)
}

function inside(namespace: string, command: string, ...args: string[]): void {
  ip('netns', 'exec', namespace, command, ...args)
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
  if (error !== undefined) throw new Error('ip (iproute2) cannot be run', { cause: error })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()} (a lab needs root)`)
}

/** Without what tap makes every child of a test load: it would write its notes from inside the machines, as whoever they are. */
const entering = (namespace: string, command: string, args: readonly string[]): string[] => [
  ...['netns', 'exec', namespace, 'env', '--unset=NODE_OPTIONS', command, ...args],
]

function execute(
  namespace: string,
  command: string,
  args: readonly string[],
  { timeoutMs, input, ...options }: ExecOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn('ip', entering(namespace, command, args), {
      ...options,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    // A command that does not read its input closes the pipe: no fault.
    child.stdin?.on('error', () => {}).end(input ?? '')
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

async function remove(names: readonly string[]): Promise<void> {
  const asked = signalAll(names, 'SIGTERM')
  // Nothing tells of the end of somebody else's child.
  for (let waited = 0; waited < KILL_GRACE_MS && asked.some(lives); waited += LOOK_MS)
    await new Promise((done) => setTimeout(done, LOOK_MS))
  removeNow(names)
}

function removeNow(names: readonly string[]): void {
  signalAll(names, 'SIGKILL')
  // Interfaces go with their namespace, and a veth's other end with it.
  for (const name of names) if (list().includes(name)) spawnSync('ip', ['netns', 'delete', name])
}

/** Returns whom it reached. */
function signalAll(names: readonly string[], signal: NodeJS.Signals): number[] {
  const all = names.flatMap(pids)
  for (const pid of all) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended by itself.
    }
  }
  return all
}

/** Every process inside the namespace, also those whose parents are gone. */
function pids(namespace: string): number[] {
  if (!list().includes(namespace)) return []
  const { stdout } = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

const lives = (pid: number): boolean => !/^[ZX]?$/.test(stat(pid)[0] ?? '')

/** In clock ticks since boot: with the pid it names a process for ever. NaN: no such process. */
const startTime = (pid: number): number => Number(stat(pid)[19] ?? Number.NaN)

/** proc(5) stat from field 3 (state) on; field 22 is the start time. */
function stat(pid: number): string[] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name before it may hold anything, blanks and brackets too.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
