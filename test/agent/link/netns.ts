/** Private networks for tests: a namespace with the veth pair va–vb in it, and scripts that run inside. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TIMEOUT_MS = 60_000

/** Why there can be no private network here, or undefined. */
export function noNetns(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root'
  if (spawnSync('ip', ['netns', 'list']).status !== 0) return 'needs the ip command (iproute2)'
  const probe = `cuttle-link-probe-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', probe])
  if (made.status !== 0) return 'needs permission to make network namespaces'
  ip('netns', 'del', probe)
  return undefined
}

/** Why the ring cannot be tried here, or undefined; builds it if need be. */
export function noRing(): string | undefined {
  const build = fileURLToPath(new URL('../../../agent/link/native/build.sh', import.meta.url))
  const built = spawnSync('bash', [build], { encoding: 'utf8' })
  return noNetns() ?? (built.status === 0 ? undefined : built.stderr.trim())
}

export type Netns = {
  readonly name: string
  exec(command: string, ...args: string[]): string
  /** A script beside this file, run inside; its standard output, which is one JSON value. */
  script(file: string, ...args: string[]): Promise<unknown>
  remove(): void
}

export function makeNetns(label: string): Netns {
  const name = `cuttle-link-${label}-${process.pid}`
  ip('netns', 'add', name)
  const exec = (command: string, ...args: string[]) =>
    execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8' })
  // A quiet wire: without IPv6 the kernel says nothing of its own.
  for (const scope of ['all', 'default'])
    exec('sysctl', '-qw', `net.ipv6.conf.${scope}.disable_ipv6=1`)
  exec('ip', 'link', 'set', 'lo', 'up')
  return {
    name,
    exec,
    script: async (file, ...args) => {
      const path = fileURLToPath(new URL(file, import.meta.url))
      const command = ['netns', 'exec', name, process.execPath, path, ...args]
      const { stdout } = await run('ip', command, { timeout: TIMEOUT_MS, maxBuffer: 1 << 26 })
      return JSON.parse(stdout)
    },
    remove: () => ip('netns', 'del', name),
  }
}

export function addVeth(netns: Netns, mtu = 1500): void {
  netns.exec('ip', 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb')
  for (const end of ['va', 'vb']) netns.exec('ip', 'link', 'set', end, 'mtu', `${mtu}`, 'up')
}

function ip(...args: string[]): void {
  execFileSync('ip', args)
}
