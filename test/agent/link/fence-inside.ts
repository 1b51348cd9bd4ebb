/** Run inside a namespace that has 10.9.0.2 and 10.9.0.3 on vb; argv[2] names the visitor's, with 10.9.0.1. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type FenceOptions, openFence } from '../../../agent/link/fence.ts'

const SERVICE = 7000
const MANAGEMENT = 2222
const CLOSED = 81
const EXPIRED_MS = 1400

const options: FenceOptions = {
  interface: 'vb',
  addresses: ['10.9.0.2', '2001:db8::2'],
  managementPorts: [MANAGEMENT],
  confirmSeconds: 1,
}
const [, , visitor = '', mode] = process.argv
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What the visitor's TCP connection to a port here meets: open, ECONNREFUSED, or silent. */
async function probe(address: string, port: number): Promise<string> {
  const script = `const s = require('net').connect(${port}, '${address}')
    s.on('connect', () => end('open')).on('error', (e) => end(e.code))
    setTimeout(() => end('silent'), 400)
    function end(text) { process.stdout.write(text, () => process.exit()) }`
  const args = ['netns', 'exec', visitor, process.execPath, '-e', script]
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = await once(child.stdout, 'data')
  return String(text)
}

function ping(): string {
  const args = ['netns', 'exec', visitor, 'ping', '-c1', '-W1', '10.9.0.2']
  try {
    execFileSync('ip', args, { stdio: 'ignore' })
    return 'answered'
  } catch {
    return 'silent'
  }
}

async function probes(): Promise<object> {
  const [service, closed, management, other] = await Promise.all([
    probe('10.9.0.2', SERVICE),
    probe('10.9.0.2', CLOSED),
    probe('10.9.0.2', MANAGEMENT),
    probe('10.9.0.3', SERVICE),
  ])
  return { service, closed, management, other, ping: ping() }
}

/** A connection of the kernel's own, to the visitor and back. */
async function ownConnection(): Promise<{ port: number; echoed: string }> {
  const script = `require('net').createServer((s) => s.pipe(s)).listen(9000, () => console.log('up'))`
  const args = ['netns', 'exec', visitor, process.execPath, '-e', script]
  const server = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(server.stdout, 'data')
  const socket: Socket = connect(9000, '10.9.0.1')
  await once(socket, 'connect')
  const port = socket.localPort ?? 0
  socket.write('hello')
  const [echo] = await once(socket, 'data')
  socket.destroy()
  server.kill()
  return { port, echoed: String(echo) }
}

const portRange = () =>
  readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').trim().split('\t').map(Number)
const tables = () => execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' })

async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  server.listen(port)
  await once(server, 'listening')
  return server
}

async function scenario(): Promise<object> {
  await Promise.all([listen(SERVICE), listen(MANAGEMENT)])
  execFileSync('nft', ['add', 'table', 'inet', 'someone_else'])
  const before = await probes()
  const rangeBefore = portRange()

  const fence = openFence({ ...options, confirmSeconds: 60 })
  await fence.arm()
  const armed = await probes()
  const own = await ownConnection()
  const rangeArmed = portRange()
  const loopback = await new Promise((resolve) =>
    connect(SERVICE, '127.0.0.1')
      .on('connect', () => resolve('open'))
      .on('error', resolve),
  )
  await fence.close()
  await fence.close()
  const closed = { ...(await probes()), range: portRange(), tables: tables() }

  const hasty = openFence(options)
  await hasty.arm()
  await hasty.confirm()
  await pause(EXPIRED_MS)
  const confirmed = await probe('10.9.0.2', SERVICE)

  await hasty.arm()
  await pause(EXPIRED_MS)
  const expired = await probe('10.9.0.2', SERVICE)
  const tooLate = await hasty.confirm().then(
    () => 'confirmed',
    (error: Error) => error.message,
  )
  const afterTooLate = await probe('10.9.0.2', SERVICE)
  await hasty.close()

  const self = fileURLToPath(import.meta.url)
  const doomed = spawn(process.execPath, [self, visitor, 'arm-and-hang'], { stdio: 'pipe' })
  await once(doomed.stdout, 'data')
  doomed.kill('SIGKILL')
  await once(doomed, 'exit')
  const killed = await probe('10.9.0.2', SERVICE)
  await pause(EXPIRED_MS)
  const recovered = await probe('10.9.0.2', SERVICE)
  const next = openFence(options)
  await next.arm()
  const rebuilt = await probe('10.9.0.2', SERVICE)
  await next.close()
  const end = { range: portRange(), tables: tables() }
  return {
    ...{ before, rangeBefore, armed, own, rangeArmed, loopback, closed, confirmed, expired },
    ...{ tooLate, afterTooLate, killed, recovered, rebuilt, end },
  }
}

if (mode === 'arm-and-hang') {
  await openFence(options).arm()
  process.stdout.write('armed')
  for (;;); // hung: no timer of this process will ever fire
}
const outcome = JSON.stringify(await scenario())
process.stdout.write(outcome, () => process.exit())
