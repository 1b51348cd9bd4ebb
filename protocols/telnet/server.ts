/** BusyBox telnetd and login on a small device, then its shell. */
import type { Identity, Service, Session } from '../protocol.ts'
import { type Account, accepts, accounts, DEVICE_ACCOUNTS } from '../shell/accounts.ts'
import { ARCHITECTURES, type Architecture } from '../shell/architecture.ts'
import { createMachine, type Machine } from '../shell/machine.ts'
import { converse } from '../shell/session.ts'
import { createShell } from '../shell/shell.ts'
import { Terminal } from '../shell/terminal.ts'
import { Decoder, DO, ECHO, encode, IAC, NAWS, SGA, WILL } from './codec.ts'

/** BusyBox telnetd's opening: echo is asked for and promised, window size asked for. */
const OPENING = Buffer.from([IAC, DO, ECHO, IAC, DO, NAWS, IAC, WILL, ECHO, IAC, WILL, SGA])
/** BusyBox login: tries, empty names before it gives up, pause after a wrong password. */
const MAX_TRIES = 3
const MAX_EMPTY_NAMES = 10
const WRONG_PASSWORD_MS = 3000
const MAX_BANNER_CHARACTERS = 1024
/** Characters of a user name or a password that are reported. */
const MAX_REPORTED_CHARACTERS = 256

export type Settings = {
  /** Who may log in: [user, password]. */
  readonly accept?: unknown
  /** /etc/issue.net, shown before the first prompt. */
  readonly banner?: unknown
  readonly architecture?: unknown
}
type Prepared = {
  readonly machine: Machine
  readonly banner: string
  readonly accepted: readonly Account[]
}

/** Throws TypeError naming the key. */
export function prepare(settings: unknown, identity: Identity): Service {
  const given = settings ?? {}
  if (typeof given !== 'object') throw new TypeError('telnet: settings are an object')
  const { accept, banner = '', architecture = 'arm7' } = given as Settings
  if (typeof banner !== 'string' || banner.length > MAX_BANNER_CHARACTERS)
    throw new TypeError(`banner: text of at most ${MAX_BANNER_CHARACTERS} characters is needed`)
  if (!isArchitecture(architecture))
    throw new TypeError(`architecture: one of ${ARCHITECTURES.join(', ')} is needed`)
  const prepared: Prepared = {
    machine: createMachine(identity, 'device', architecture),
    banner,
    accepted: accounts(accept, identity, 'telnet', DEVICE_ACCOUNTS),
  }
  return (session) => serve(session, prepared)
}

const isArchitecture = (value: unknown): value is Architecture =>
  (ARCHITECTURES as readonly unknown[]).includes(value)

async function serve(session: Session, { machine, banner, accepted }: Prepared): Promise<void> {
  const decoder = new Decoder()
  const terminal = new Terminal({
    read: async () => {
      const bytes = await session.reader.chunk()
      return bytes === undefined ? undefined : decoder.data(bytes)
    },
    write: (text) => session.write(encode(text)),
  })
  const issue = banner === '' || banner.endsWith('\n') ? banner : `${banner}\n`
  await session.write(Buffer.concat([OPENING, encode(`\r\r\n${issue.replaceAll('\n', '\r\n')}`)]))
  const user = await login(session, terminal, machine, accepted)
  if (user === undefined) return
  const shell = createShell({
    machine,
    // Every account of a small device is root's.
    user: 'root',
    interactive: true,
    report: (seen) => session.report(seen),
  })
  await converse(shell, terminal, (ms) => session.pause(ms))
}

/** The user, or undefined when login has given up or the visitor has. */
async function login(
  session: Session,
  terminal: Terminal,
  machine: Machine,
  accepted: readonly Account[],
): Promise<string | undefined> {
  let empty = 0
  for (let tries = 0; tries < MAX_TRIES; ) {
    await terminal.write(`${machine.hostname} login: `)
    const user = (await terminal.line('echo'))?.trim()
    if (user === undefined) return undefined
    if (user === '') {
      if (++empty === MAX_EMPTY_NAMES) return undefined
      continue
    }
    await terminal.write('Password: ')
    const password = await terminal.line('hidden')
    if (password === undefined) return undefined
    const right = accepts(accepted, user, password)
    session.report({
      kind: 'credential',
      method: 'password',
      user: reported(user),
      secret: reported(password),
      accepted: right,
    })
    if (right) return user
    await session.pause(WRONG_PASSWORD_MS)
    await terminal.write('Login incorrect\n')
    tries++
  }
  return undefined
}

const reported = (text: string): string =>
  Buffer.from(text.slice(0, MAX_REPORTED_CHARACTERS), 'latin1').toString()
