/** `cuttle doctor`: what would keep this machine from working, and the remedy. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Command, Invocation } from '../invocation.ts'
import { parseOptions } from '../options.ts'

const usage = `usage: cuttle doctor [--interface IF] [--state DIR] [--json]

Checks runtime, native link, privileges, interface, state directory, broker and firewall tool. Exit 1 when something must be mended.
`
type Finding = {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  readonly remedy?: string
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'what would keep this machine from working',
  usage,
  async run(invocation) {
    const { flags } = parseOptions(invocation.args, {
      interface: { value: true },
      state: { value: true },
      json: { value: false },
    })
    const state = flags.get('state')?.[0] ?? invocation.env.CUTTLE_STATE ?? '/var/lib/cuttle'
    const findings = [
      runtime(invocation),
      nativeLink(invocation),
      await library('better-sqlite3', 'the outbox'),
      privilege(),
      ...interfaces(flags.get('interface')?.[0] ?? invocation.env.CUTTLE_INTERFACE),
      stateDirectory(state),
      program(invocation, 'mosquitto', 'only the hub needs it'),
      program(invocation, 'nft', 'only mode shared needs it'),
    ]
    for (const f of findings) {
      if (flags.has('json')) invocation.write(`${JSON.stringify(f)}\n`)
      else
        invocation.write(
          `${f.ok ? 'ok   ' : 'fault'} ${f.check.padEnd(12)} ${f.detail}${f.remedy ? `; ${f.remedy}` : ''}\n`,
        )
    }
    return findings.every((f) => f.ok) ? 0 : 1
  },
}

function runtime(invocation: Invocation): Finding {
  const pinned = invocation.runtime.includes('node_modules')
  return {
    check: 'runtime',
    ok: true,
    detail: `${invocation.runtime}${pinned ? '' : ' (not the pinned one)'}`,
  }
}

function nativeLink(invocation: Invocation): Finding {
  const path = join(invocation.home, 'agent', 'link', 'native', 'build', 'ring.node')
  return existsSync(path)
    ? { check: 'link', ok: true, detail: path }
    : { check: 'link', ok: false, detail: `${path} is missing`, remedy: 'run npm run native' }
}

async function library(name: string, use: string): Promise<Finding> {
  try {
    await import(name)
    return { check: name, ok: true, detail: `loads (${use})` }
  } catch (error) {
    return {
      check: name,
      ok: false,
      detail: `${use}: ${(error as Error).message.split('\n')[0]}`,
      remedy: 'run ./install.sh again',
    }
  }
}

const CAP_NET_ADMIN = 12
const CAP_NET_RAW = 13

/** Effective capabilities of this process, as the kernel lists them (proc(5)). */
function privilege(): Finding {
  const line = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  const bits = Number.parseInt(line?.[1]?.slice(-8) ?? '0', 16)
  const missing = [
    [CAP_NET_RAW, 'CAP_NET_RAW'] as const,
    [CAP_NET_ADMIN, 'CAP_NET_ADMIN'] as const,
  ].filter(([bit]) => ((bits >>> bit) & 1) === 0)
  if (missing.length === 0) return { check: 'privileges', ok: true, detail: 'may take packets' }
  const names = missing.map(([, name]) => name).join(', ')
  return {
    check: 'privileges',
    ok: false,
    detail: `without ${names}`,
    remedy: 'run as root or as the systemd service',
  }
}

function interfaces(wanted: string | undefined): Finding[] {
  const there = existsSync('/sys/class/net') ? Object.keys(networkInterfaces()) : []
  if (wanted === undefined)
    return [{ check: 'interface', ok: true, detail: `with addresses: ${there.join(', ')}` }]
  const path = join('/sys/class/net', wanted.replaceAll('/', ''))
  if (!existsSync(path))
    return [
      {
        check: 'interface',
        ok: false,
        detail: `no ${wanted}`,
        remedy: '"ip link" lists what there is',
      },
    ]
  const up = (Number(readFileSync(join(path, 'flags'), 'utf8')) & 1) === 1
  return [
    up
      ? { check: 'interface', ok: true, detail: `${wanted} is up` }
      : {
          check: 'interface',
          ok: false,
          detail: `${wanted} is down`,
          remedy: `ip link set ${wanted} up`,
        },
  ]
}

function stateDirectory(path: string): Finding {
  let at = path
  while (!existsSync(at)) at = join(at, '..')
  try {
    accessSync(at, constants.W_OK)
    return { check: 'state', ok: true, detail: at === path ? path : `${path} (will be made)` }
  } catch {
    return {
      check: 'state',
      ok: false,
      detail: `cannot write ${at}`,
      remedy: 'choose another --state or run as root',
    }
  }
}

function program(invocation: Invocation, name: string, use: string): Finding {
  const folders = (invocation.env.PATH ?? '').split(delimiter).concat('/usr/sbin', '/sbin')
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  return found === undefined
    ? {
        check: name,
        ok: true,
        detail: `not installed (${use})`,
        remedy: `apt-get install ${name === 'nft' ? 'nftables' : name}`,
      }
    : { check: name, ok: true, detail: found }
}
