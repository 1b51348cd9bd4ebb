/** Programs that say what the machine is and what runs on it. */
import { type Applet, type Context, fails, hasOption, operands, QUIET, says } from './applet.ts'
import type { Machine } from './machine.ts'

const uname: Applet = (args, { machine }) => {
  const { kernel, hostname } = machine
  const all = hasOption(args, 'a')
  const parts: [string, string][] = [
    ['s', 'Linux'],
    ['n', hostname],
    ['r', kernel.release],
    ['v', kernel.version],
    ['m', machine.machine],
  ]
  if (machine.kind === 'server' && all) parts.push(['p', machine.machine], ['i', machine.machine])
  parts.push(['o', 'GNU/Linux'])
  const shown = parts.filter(([letter]) => all || hasOption(args, letter)).map(([, text]) => text)
  return says(`${shown.length === 0 ? 'Linux' : shown.join(' ')}\n`)
}

const id: Applet = (args, { user, machine }) => {
  const number = user === 'root' ? 0 : 1000
  if (hasOption(args, 'u')) return says(`${hasOption(args, 'n') ? user : number}\n`)
  const groups = machine.kind === 'server' ? ` groups=${number}(${user})` : ''
  return says(`uid=${number}(${user}) gid=${number}(${user})${groups}\n`)
}

function uptimeText({ uptimeSeconds, draw, kind }: Machine): string {
  const days = Math.trunc(uptimeSeconds / 86_400)
  const minutes = Math.trunc(uptimeSeconds / 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  const load = (label: string): string =>
    `0.${two(draw(`load ${label}`, kind === 'device' ? 90 : 30))}`
  const clock = draw('clock', 1440)
  return ` ${two(Math.trunc(clock / 60))}:${two(clock % 60)}:${two(draw('clock second', 60))} up ${days} days, ${two(Math.trunc(minutes / 60) % 24)}:${two(minutes % 60)},  1 user,  load average: ${load('1')}, ${load('5')}, ${load('15')}\n`
}

const uptime: Applet = (_args, { machine }) => says(uptimeText(machine))
const w: Applet = (_args, { machine, user }) =>
  says(
    `${uptimeText(machine)}USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n${user.padEnd(8)} pts/0    -                ?        0.00s  0.01s  0.00s w\n`,
  )

const free: Applet = (args, { machine }) => {
  const unit = hasOption(args, 'm') ? 1024 : 1
  const total = machine.memoryKib
  const cells = [total, total * 0.46, total * 0.23, 0, total * 0.31, total * 0.5].map((kib) =>
    String(Math.trunc(kib / unit)).padStart(12),
  )
  return says(
    `              total        used        free      shared  buff/cache   available\nMem:   ${cells.join('')}\nSwap:  ${'0'.padStart(12).repeat(3)}\n`,
  )
}

const DEVICE_PROCESSES = [
  'init',
  '[kthreadd]',
  '[ksoftirqd/0]',
  '[kworker/0:0]',
  '[khelper]',
  '[kswapd0]',
  '[mtdblock3]',
  '/sbin/udevd --daemon',
  '/usr/sbin/telnetd',
  '/root/app/dvr_main',
  'udhcpc -i eth0',
  '-sh',
  'ps',
]
const SERVER_PROCESSES = [
  '/sbin/init',
  '[kthreadd]',
  '[rcu_sched]',
  '[kworker/0:1-events]',
  '[kswapd0]',
  '/lib/systemd/systemd-journald',
  '/lib/systemd/systemd-networkd',
  '/usr/sbin/cron -f -P',
  '/usr/sbin/rsyslogd -n',
  'sshd: /usr/sbin/sshd -D [listener]',
  '-bash',
  'ps',
]

const ps: Applet = (_args, { machine }) => {
  const device = machine.kind === 'device'
  let pid = 0
  const rows = (device ? DEVICE_PROCESSES : SERVER_PROCESSES).map((name) => {
    pid += pid === 0 ? 1 : 1 + machine.draw(`pid ${name}`, name.startsWith('[') ? 4 : 150)
    const size = name.startsWith('[') ? 0 : 800 + machine.draw(`size ${name}`, 2000)
    return device
      ? `${String(pid).padStart(5)} root     ${String(size).padStart(5)} ${name === 'ps' ? 'R' : 'S'}    ${name}\n`
      : `${String(pid).padStart(7)} ?        00:00:0${machine.draw(`cpu ${name}`, 9)} ${name}\n`
  })
  return says(
    (device ? '  PID USER       VSZ STAT COMMAND\n' : '    PID TTY          TIME CMD\n') +
      rows.join(''),
  )
}

const mount: Applet = (_args, { files }) =>
  says(
    (files.read('/proc/mounts') ?? '').replace(
      /^(\S+) (\S+) (\S+) (\S+) .*$/gm,
      '$1 on $2 type $3 ($4)',
    ),
  )

const df: Applet = (_args, { machine }) => {
  const device = machine.kind === 'device'
  const size = device ? 7168 : 25_215_872
  const used = device ? size : Math.trunc(size * (0.1 + machine.draw('disk', 40) / 100))
  const share = Math.ceil((used / size) * 100)
  return says(
    `Filesystem           1K-blocks      Used Available Use% Mounted on\n${device ? '/dev/root ' : '/dev/vda1 '}           ${String(size).padStart(9)} ${String(used).padStart(9)} ${String(size - used).padStart(9)} ${share}% /\n`,
  )
}

const which: Applet = (args, { files }) => {
  const found = operands(args).filter((name) => files.has(`/bin/${name}`))
  return {
    ...says(found.map((name) => `/bin/${name}\n`).join('')),
    status: found.length > 0 ? 0 : 1,
  }
}

const ifconfig: Applet = (_args, { machine }) =>
  machine.kind === 'device'
    ? says(
        'lo        Link encap:Local Loopback\n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n',
      )
    : QUIET

const kill: Applet = ([signal, ...rest]) => {
  const pids = signal?.startsWith('-') ? rest : signal === undefined ? [] : [signal, ...rest]
  return pids.length === 0
    ? fails('kill: you need to specify whom to kill\n')
    : fails(
        pids.map((pid) => `kill: can't kill pid ${pid.slice(0, 16)}: No such process\n`).join(''),
      )
}

const sleep: Applet = ([seconds]) => ({
  ...QUIET,
  delayMs: Math.min(10_000, 1000 * (Number.parseInt(seconds ?? '0', 10) || 0)),
})

const simple =
  (text: (context: Context) => string): Applet =>
  (_args, context) =>
    says(text(context))

/** On both kinds of machine. */
export const SYSTEM_APPLETS: Readonly<Record<string, Applet>> = {
  df, free, hostname: simple(({ machine }) => `${machine.hostname}\n`), id, ifconfig, kill,
  killall: ([name = '']) => fails(`killall: ${name}: no process killed\n`),
  mount, ps, sleep, sync: () => QUIET, uname, uptime, w, which, whoami: simple(({ user }) => `${user}\n`),
} // biome-ignore format: a table

export const SERVER_APPLETS: Readonly<Record<string, Applet>> = {
  chpasswd: () => QUIET,
  crontab: (args, { user }) => (hasOption(args, 'l') ? fails(`no crontab for ${user}\n`) : QUIET),
  lscpu: simple(({ machine }) => `Architecture:            ${machine.machine}\nCPU(s):                  ${machine.cores}\nModel name:              Intel Xeon Processor (Skylake, IBRS)\n`),
  nproc: simple(({ machine }) => `${machine.cores}\n`),
  nohup: () => QUIET,
} // biome-ignore format: a table
