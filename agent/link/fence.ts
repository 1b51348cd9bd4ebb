/**
 * For a sensor on the host's own address: keeps the kernel from answering what the sensor answers.
 *
 * One nftables table of our own. Packet sockets see a frame before netfilter does, so what is dropped
 * here still reaches the sensor. The chain stands behind conntrack (-200), because before it
 * `ct state` never matches and the host's own connections would be cut off.
 *
 * The dead-man timer is the kernel's: the rules hold only while the interface is an element of the set
 * `armed`, and until `confirm` that element has a timeout. It expires though this process hangs or is
 * killed, and though systemd takes every helper process down with it.
 *
 * The kernel's own connections are kept apart by port: it takes local ports from RESERVED_PORTS alone,
 * and the sensor leaves those (and the management ports) to it: `kernelPort`.
 */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { isIP, isIPv6 } from 'node:net'
import { errorCode, LinkError } from './link-error.ts'

export const FENCE_TABLE = 'inet cuttle_fence'

export type PortRange = { readonly from: number; readonly to: number }

/** The ports from which the kernel opens connections while the fence is up. */
export const RESERVED_PORTS: PortRange = { from: 61_000, to: 65_000 }

const PORT_RANGE_FILE = '/proc/sys/net/ipv4/ip_local_port_range'
/** What the kernel starts with: to go back to when a killed sensor has left ours behind. */
const DEFAULT_PORT_RANGE = '32768\t60999'
const PRIORITY = -150
const CONFIRM_SECONDS = 60
const MAX_CONFIRM_SECONDS = 3600
const MAX_ADDRESSES = 1024
const NFT_MS = 10_000
const INTERFACE_NAME = /^[A-Za-z0-9_.-]{1,15}$/

export type FenceOptions = {
  readonly interface: string
  /** The addresses that the sensor answers for, without prefix length. */
  readonly addresses: readonly string[]
  /** TCP ports that stay with the kernel. */
  readonly managementPorts: readonly number[]
  /** One more of them. */
  readonly sshPort?: number
  /** How long an armed fence stands without being confirmed. */
  readonly confirmSeconds?: number
}

export type Fence = {
  /** Puts the fence up, for `confirmSeconds` only. Replaces whatever an earlier sensor left. */
  arm(): Promise<void>
  /** Makes it stay. Fails when it has come down meanwhile. */
  confirm(): Promise<void>
  /** Takes it down and gives the port range back. */
  close(): Promise<void>
}

/** Throws LinkError when the options cannot be a rule set. Changes nothing until `arm`. */
export function openFence(options: FenceOptions): Fence {
  const seconds = options.confirmSeconds ?? CONFIRM_SECONDS
  const rules = fenceRules(options, seconds)
  const element = `element ${FENCE_TABLE} armed { "${options.interface}" }`
  let portRange: string | undefined
  return {
    arm: async () => {
      await nft(rules)
      portRange ??= await reservePorts()
    },
    // One transaction: deleting an element that has expired fails, and nothing is added.
    confirm: () => nft(`delete ${element}\nadd ${element}\n`),
    close: async () => {
      const before = portRange
      portRange = undefined
      if (before !== undefined) await writeFile(PORT_RANGE_FILE, before)
      await nft(removal())
    },
  }
}

/** The whole table as nft's input: replaces an older one in the same transaction. */
export function fenceRules(options: FenceOptions, confirmSeconds: number): string {
  const { interface: ifname, addresses } = options
  const ports = managementPorts(options)
  check(INTERFACE_NAME.test(ifname), `"${ifname}" is not an interface name`)
  check(
    addresses.length > 0 && addresses.length <= MAX_ADDRESSES,
    `a fence protects 1 to ${MAX_ADDRESSES} addresses`,
  )
  for (const address of addresses)
    check(isIP(address) !== 0 && !address.includes('%'), `"${address}" is not an IP address`)
  for (const port of ports)
    check(Number.isInteger(port) && port > 0 && port < 65_536, `${port} is not a port`)
  const whole = Number.isInteger(confirmSeconds) && confirmSeconds > 0
  check(whole && confirmSeconds <= MAX_CONFIRM_SECONDS, `${confirmSeconds} s is no time to confirm`)

  const v4 = addresses.filter((address) => !isIPv6(address))
  const v6 = addresses.filter(isIPv6)
  const lines = (indent: string, list: readonly string[]) =>
    list.map((line) => `${indent}${line}\n`).join('')
  return `${removal()}table ${FENCE_TABLE} {
  set armed {
    type ifname
    flags timeout
    elements = { "${ifname}" timeout ${confirmSeconds}s }
  }
  chain prerouting {
    type filter hook prerouting priority ${PRIORITY}; policy accept;
    iif lo accept
    iifname != @armed accept
${lines('    ', [
  ...(v4.length > 0 ? [`ip daddr { ${v4.join(', ')} } goto fenced`] : []),
  ...(v6.length > 0 ? [`ip6 daddr { ${v6.join(', ')} } goto fenced`] : []),
])}  }
  chain fenced {
${lines('    ', [
  ...(ports.length > 0 ? [`tcp dport { ${ports.join(', ')} } accept`] : []),
  'ct state established,related accept',
  'meta l4proto { tcp, udp } drop',
  'icmp type echo-request drop',
  'icmpv6 type echo-request drop',
])}  }
}
`
}

/** Is a packet to this port the kernel's, and to be ignored by the sensor? */
export function kernelPort(options: FenceOptions, port: number): boolean {
  const reserved = port >= RESERVED_PORTS.from && port <= RESERVED_PORTS.to
  return reserved || managementPorts(options).includes(port)
}

/**
 * Would the session that gives this order outlive the fence?
 * @param sshConnection SSH_CONNECTION: "client-address client-port server-address server-port"; undefined outside SSH
 */
export function managementPortCovered(
  sshConnection: string | undefined,
  ports: readonly number[],
): boolean {
  if (sshConnection === undefined || sshConnection === '') return true
  const words = sshConnection.split(' ')
  const port = Number(words[3])
  return words.length === 4 && ports.includes(port)
}

function managementPorts({ managementPorts, sshPort }: FenceOptions): number[] {
  const all = sshPort === undefined ? managementPorts : [...managementPorts, sshPort]
  return [...new Set(all)]
}

/** Deletes the table whether or not it exists. */
function removal(): string {
  return `add table ${FENCE_TABLE}\ndelete table ${FENCE_TABLE}\n`
}

/** Returns what to restore. */
async function reservePorts(): Promise<string> {
  const ours = `${RESERVED_PORTS.from}\t${RESERVED_PORTS.to}`
  const before = (await readFile(PORT_RANGE_FILE, 'latin1')).trim()
  if (before === ours) return DEFAULT_PORT_RANGE
  await writeFile(PORT_RANGE_FILE, ours)
  return before
}

function nft(script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile('nft', ['-f', '-'], { timeout: NFT_MS }, (error, _, stderr) => {
      if (!error) return resolve()
      const code = errorCode(error, 'ENFT')
      const said = stderr.split('\n', 1)[0] || error.message.split('\n', 1)[0]
      reject(new LinkError(code, `the fence: ${remedy(code, stderr)}${said}`, error))
    })
    child.stdin?.on('error', () => {}) // nft is not there or has gone: the callback says so
    child.stdin?.end(script)
  })
}

function remedy(code: string, stderr: string): string {
  if (code === 'ENOENT') return 'nft is missing (apt-get install nftables): '
  if (/not permitted/.test(stderr)) return 'run as root, or grant CAP_NET_ADMIN: '
  return ''
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new LinkError('EINVAL', `the fence: ${message}`)
}
