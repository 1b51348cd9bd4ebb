/** What a visitor does after he is in (RFC 4254): a shell, commands, and what he wants to reach through the machine. */
import type {
  Connection,
  ServerChannel,
  SocketBindInfo,
  Session as SshSession,
  TcpipBindInfo,
} from 'ssh2'
import { converse } from '../shell/session.ts'
import { createShell } from '../shell/shell.ts'
import { MAX_LINE_CHARACTERS, Terminal } from '../shell/terminal.ts'
import type { Visitor } from './authentication.ts'

/** OpenSSH's MaxSessions. */
const MAX_SESSIONS = 10
/** What a command may read, in bytes; how long it may wait for more is the session's business. */
const MAX_INPUT_BYTES = 1024 * 1024
const MAX_TARGET_CHARACTERS = 512
/** How long a connection takes to be refused, in ms. */
const REFUSED_MS = 40

export function serveChannels(client: Connection, visitor: Visitor, user: () => string): void {
  const { session } = visitor
  let open = 0
  const request = (verb: string, target: string): void =>
    session.report({ kind: 'request', verb, target: target.slice(0, MAX_TARGET_CHARACTERS) })
  const later = (act: (() => void) | undefined): void => {
    const done = session.pause(REFUSED_MS).then(() => {
      if (visitor.alive()) act?.()
    })
    done.catch(() => client.end())
  }

  client.on('session', (accept, reject) => {
    if (open >= MAX_SESSIONS) {
      reject()
      return
    }
    open++
    const channel = accept()
    channel.on('error', () => {})
    channel.once('close', () => open--)
    serveSession(channel, visitor, user(), request)
  })
  client.on('tcpip', (_accept, reject, { destIP, destPort }) => {
    request('direct-tcpip', `${destIP}:${destPort}`)
    later(reject)
  })
  client.on('openssh.streamlocal', (_accept, reject, { socketPath }) => {
    request('direct-streamlocal', socketPath)
    later(reject)
  })
  client.on('request', (_accept, reject, name, info) => {
    const { bindAddr, bindPort, socketPath } = info as Partial<TcpipBindInfo & SocketBindInfo>
    const target = socketPath ?? `${bindAddr}:${bindPort}`
    request(name, target)
    later(reject)
  })
}

function serveSession(
  channel: SshSession,
  visitor: Visitor,
  user: string,
  request: (verb: string, target: string) => void,
): void {
  const { session, machine } = visitor
  let terminal = false
  const shell = (interactive: boolean) =>
    createShell({ machine, user, interactive, report: (seen) => session.report(seen) })
  const run = (work: Promise<void>, stream: ServerChannel): void => {
    // The visitor may leave at any await: what ssh2 then throws ends this channel only.
    work.catch(() => stream.destroy())
  }

  channel.on('pty', (accept) => {
    terminal = true
    accept?.()
  })
  channel.on('env', (accept) => accept?.())
  channel.on('window-change', (accept) => accept?.())
  channel.on('shell', (accept) => {
    const stream = accept()
    run(interact(stream, visitor, shell(terminal), terminal), stream)
  })
  channel.on('exec', (accept, _reject, { command }) => {
    const stream = accept()
    const text = Buffer.from(command).toString('latin1').slice(0, MAX_LINE_CHARACTERS)
    run(execute(stream, visitor, shell(false), text, terminal), stream)
  })
  channel.on('sftp', (_accept, reject) => {
    request('subsystem', 'sftp')
    reject?.()
  })
  channel.on('subsystem', (_accept, reject, { name }) => {
    request('subsystem', name)
    reject?.()
  })
}

type VisitorShell = ReturnType<typeof createShell>

async function interact(
  stream: ServerChannel,
  { session, alive }: Visitor,
  shell: VisitorShell,
  terminal: boolean,
): Promise<void> {
  const write = writer(stream)
  const pieces = stream[Symbol.asyncIterator]()
  const read = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await pieces.next().catch(() => ({ done: true, value: undefined }))
    return done === true ? undefined : (value as Buffer)
  }
  const status = await converse(shell, new Terminal({ read, write }, terminal), (ms) =>
    session.pause(ms),
  )
  if (alive()) leave(stream, status)
}

async function execute(
  stream: ServerChannel,
  { session, alive }: Visitor,
  shell: VisitorShell,
  command: string,
  terminal: boolean,
): Promise<void> {
  stream.on('error', () => {})
  const input = readsInput(command) ? await collect(stream) : undefined
  if (input === undefined) stream.resume()
  const { output, delayMs, status } = shell.run(command, input)
  shell.close()
  if (delayMs > 0) await session.pause(delayMs)
  if (!alive()) return
  await writer(stream)(terminal ? output.replaceAll('\n', '\r\n') : output)
  if (alive()) leave(stream, status)
}

/** `cat > file`, `sh`, `tee`: commands that are given what they work on. */
function readsInput(command: string): boolean {
  return /\bcat\s*>|\btee\b|\bdd of=|^\s*(ba)?sh(\s+-s)?\s*$/.test(command)
}

async function collect(stream: ServerChannel): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  await new Promise<void>((done) => {
    stream.on('data', (part: Buffer) => {
      if (bytes < MAX_INPUT_BYTES) parts.push(part)
      bytes += part.length
    })
    stream.once('end', done)
    stream.once('close', done)
  })
  return Buffer.concat(parts).subarray(0, MAX_INPUT_BYTES).toString('latin1')
}

/** Resolves when ssh2 has taken the bytes, or the channel has closed. */
function writer(stream: ServerChannel): (text: string) => Promise<void> {
  stream.on('error', () => {})
  const closed = new Promise<void>((done) => stream.once('close', done))
  return (text) => {
    if (text === '' || !stream.writable) return Promise.resolve()
    const taken = new Promise<void>((done) =>
      stream.write(Buffer.from(text, 'latin1'), () => done()),
    )
    return Promise.race([taken, closed])
  }
}

function leave(stream: ServerChannel, status: number): void {
  if (!stream.writable) return
  stream.exit(status)
  stream.end()
}
