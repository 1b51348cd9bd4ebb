/**
 * The hub's own broker: mosquitto, configured at every start, restarted when it dies, ended with the hub.
 *
 * It runs as whoever runs the hub; under root it gives root up for the user `mosquitto`, which then owns the broker's
 * directory and nothing else of the hub's state.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chown, mkdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  ACL_FILE,
  brokerAcl,
  brokerConfig,
  CONFIG_FILE,
  HUB_USER,
  PASSWORD_FILE,
  SENSOR_USER,
} from './broker-config.ts'
import { type Endpoint, endpointText } from './settings.ts'

export type BrokerOptions = {
  /** The hub's state directory; the broker's own is below it. */
  readonly state: string
  readonly listen: Endpoint
  /** Who runs the hub. */
  readonly user: { readonly name: string; readonly uid: number }
  readonly random: (bytes: number) => Uint8Array
  readonly warn: (message: string) => void
  /** `process.kill`. */
  readonly kill: (pid: number, signal: 'SIGTERM') => void
}
export type Broker = {
  /** For the hub itself. */
  readonly url: string
  /** Where the sensors' password is; undefined when none is needed. */
  readonly passwordFile: string | undefined
  readonly pid: () => number | undefined
  stop(): Promise<void>
}
/** One line for the operator, with the remedy. */
export class BrokerError extends Error {}

const MOSQUITTO = 'mosquitto'
/** Debian keeps daemons here, outside an ordinary user's PATH. */
const SEARCH_PATH = '/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/bin:/sbin'
const READY = /mosquitto version \S+ running/
const START_MS = 10_000
const STOP_MS = 5000
const LOOK_AGAIN_MS = 50
const FIRST_RESTART_MS = 500
const LONGEST_RESTART_MS = 30_000
/** A broker that ran this long had started well. */
const STABLE_MS = 60_000
const SECRET_BYTES = 18
/** Of what the broker says, the last characters kept. */
const MAX_SAID = 4096
const run = promisify(execFile)

export const isLoopback = (host: string): boolean => {
  if (host === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Resolves when the broker accepts connections. Throws `BrokerError`. */
export const startBroker = async (options: BrokerOptions): Promise<Broker> => {
  const directory = join(options.state, 'broker')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await endLeftOver(directory, options.kill)
  const anonymous = isLoopback(options.listen.host)
  const hubPassword = secret(options.random)
  const passwordFile = anonymous ? undefined : join(options.state, 'sensor-password')
  const accounts = [`${HUB_USER}:${hubPassword}`]
  if (passwordFile !== undefined)
    accounts.push(`${SENSOR_USER}:${await sensorPassword(passwordFile, options.random)}`)
  await configure(directory, options, anonymous, accounts)

  let child = await launch(directory, options.listen)
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let delayMs = FIRST_RESTART_MS
  const watch = (watched: ChildProcess): void => {
    const stable = setTimeout(() => {
      delayMs = FIRST_RESTART_MS
    }, STABLE_MS)
    watched.once('exit', (code, signal) => {
      clearTimeout(stable)
      if (stopping) return
      options.warn(`mosquitto ended (${signal ?? code}), starting it again in ${delayMs} ms`)
      timer = setTimeout(restart, delayMs)
      delayMs = Math.min(delayMs * 2, LONGEST_RESTART_MS)
    })
  }
  const restart = (): void => {
    launch(directory, options.listen).then(
      (next) => {
        child = next
        if (stopping) child.kill()
        else watch(child)
      },
      (error: Error) => {
        options.warn(error.message)
        if (!stopping) timer = setTimeout(restart, delayMs)
        delayMs = Math.min(delayMs * 2, LONGEST_RESTART_MS)
      },
    )
  }
  watch(child)
  const host = options.listen.host === '0.0.0.0' ? '127.0.0.1' : options.listen.host
  const reachable = host === '::' ? '::1' : host
  return {
    url: `mqtt://${HUB_USER}:${hubPassword}@${endpointText({ ...options.listen, host: reachable })}`,
    passwordFile,
    pid: () => child.pid,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      await end(child)
      await rm(join(directory, 'pid'), { force: true })
    },
  }
}

const secret = (random: (bytes: number) => Uint8Array): string =>
  Buffer.from(random(SECRET_BYTES)).toString('base64url')

/** Made once: sensors in the field keep it. */
const sensorPassword = async (
  path: string,
  random: (bytes: number) => Uint8Array,
): Promise<string> => {
  const known = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (known !== '') return known
  const fresh = secret(random)
  await writeFile(path, `${fresh}\n`, { mode: 0o600 })
  return fresh
}

const configure = async (
  directory: string,
  { listen, user }: BrokerOptions,
  anonymous: boolean,
  accounts: readonly string[],
): Promise<void> => {
  const servant = user.uid === 0 ? await accountOf(MOSQUITTO) : undefined
  const put = async (name: string, text: string): Promise<void> => {
    const path = join(directory, name)
    await writeFile(`${path}.new`, text, { mode: 0o600 })
    if (name === PASSWORD_FILE) await hashPasswords(`${path}.new`)
    if (servant !== undefined) await chown(`${path}.new`, servant.uid, servant.gid)
    await rename(`${path}.new`, path)
  }
  await put(CONFIG_FILE, brokerConfig(listen, anonymous, servant ? MOSQUITTO : user.name))
  await put(ACL_FILE, brokerAcl())
  await put(PASSWORD_FILE, `${accounts.join('\n')}\n`)
  if (servant !== undefined) await chown(directory, servant.uid, servant.gid)
}

/** In place; nothing secret is on a command line. */
const hashPasswords = async (path: string): Promise<void> => {
  await run('mosquitto_passwd', ['-U', path], { env: { PATH: SEARCH_PATH } }).catch(explain)
}

const accountOf = async (name: string): Promise<{ uid: number; gid: number } | undefined> => {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((entry) => entry[0] === name)
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) }
}

const explain = (error: unknown): never => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    throw new BrokerError(
      'mosquitto is not installed; run apt-get install mosquitto, or give --mqtt the URL of a broker',
    )
  throw new BrokerError(
    `mosquitto cannot be started: ${error instanceof Error ? error.message : error}`,
  )
}

const launch = async (directory: string, listen: Endpoint): Promise<ChildProcess> => {
  const child = spawn(MOSQUITTO, ['-c', CONFIG_FILE], {
    cwd: directory,
    env: { PATH: SEARCH_PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new BrokerError('mosquitto did not start in 10 s')),
      START_MS,
    )
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-MAX_SAID)
      if (READY.test(said)) resolve(clearTimeout(timer))
    })
    child.once('error', reject)
    child.once('exit', () => {
      clearTimeout(timer)
      reject(new BrokerError(complaint(said, listen)))
    })
  }).catch(async (error) => {
    if (child.pid !== undefined) await end(child)
    if (error instanceof BrokerError) throw error
    explain(error)
  })
  child.on('error', () => {})
  if (child.pid !== undefined) await writeFile(join(directory, 'pid'), String(child.pid))
  return child
}

const complaint = (said: string, listen: Endpoint): string => {
  const place = endpointText(listen)
  if (said.includes('Address already in use'))
    return `--mqtt: ${place} is in use; stop what listens there (systemctl disable --now mosquitto), choose another port, or use that broker with --mqtt mqtt://${place}`
  if (/Cannot assign requested address|Permission denied/.test(said))
    return `--mqtt: ${place} cannot be opened; use an address of this machine and a port above 1023`
  const error = said
    .split('\n')
    .findLast((line) => line.includes('Error'))
    ?.replace(/^\d+: /, '')
  return `mosquitto ended at once: ${error ?? 'it said nothing'}`
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(timer)
}

/** A hub that was killed leaves its broker running. */
const endLeftOver = async (directory: string, kill: BrokerOptions['kill']): Promise<void> => {
  const pid = Number(await readFile(join(directory, 'pid'), 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 1) return
  const home = await realpath(directory)
  const isOurs = async (): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) ===
      `${MOSQUITTO}\0-c\0${CONFIG_FILE}\0` &&
    (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === home
  if (!(await isOurs())) return
  kill(pid, 'SIGTERM')
  for (let waited = 0; waited < STOP_MS && (await isOurs()); waited += LOOK_AGAIN_MS)
    await sleep(LOOK_AGAIN_MS)
}
