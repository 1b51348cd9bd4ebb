/** OpenSSH on a server: ssh2 speaks, this file decides. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import ssh2, { type Connection, type ParsedKey, type ServerConfig } from 'ssh2'
import type { Identity, Service, Session } from '../protocol.ts'
import type { Account } from '../shell/accounts.ts'
import { createMachine, type Machine } from '../shell/machine.ts'
import { authenticate } from './authentication.ts'
import { serveChannels } from './channels.ts'
import { hostKeys } from './host-keys.ts'
import { MAX_IDENT_CHARACTERS, type Settings } from './settings.ts'
import { SshSocket } from './socket.ts'

/** OpenSSH's LoginGraceTime, in ms. */
const LOGIN_GRACE_MS = 120_000
/** What OpenSSH answers to an identification that it cannot bear (kex.c). */
const REFUSALS = {
  invalid: 'Invalid SSH identification string.',
  mismatch: 'Protocol major versions differ.',
}
const MAX_REASON_CHARACTERS = 200
/** ssh2 would ping clients, which OpenSSH does not do by default: an interval no session reaches, in ms. */
const NEVER_MS = 2 ** 31 - 1

/** OpenSSH 8.9's own order, without what ssh2 has not: sntrup761x25519 and umac. */
const ALGORITHMS = {
  kex: [
    'curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256', 'diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512', 'diffie-hellman-group14-sha256',
  ],
  cipher: [
    'chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha1-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1'],
  compress: ['none', 'zlib@openssh.com'],
} satisfies ServerConfig['algorithms'] // biome-ignore format: a table

type Prepared = {
  readonly config: ServerConfig
  readonly machine: Machine
  readonly accepted: readonly Account[]
  readonly keyboardInteractive: boolean
}

/** Makes the host keys, once for all sessions. */
export function server(settings: Settings, identity: Identity): Service {
  // A key that is parsed already is taken as it is; the types of ssh2 do not say so.
  const keys = hostKeys(identity).map((key: ParsedKey) => ({ key }) as unknown as Buffer)
  const prepared: Prepared = {
    config: {
      hostKeys: keys,
      ident: settings.ident.slice('SSH-2.0-'.length),
      algorithms: ALGORITHMS,
      keepaliveInterval: NEVER_MS,
    },
    machine: createMachine(identity, 'server'),
    accepted: settings.accepted,
    keyboardInteractive: settings.keyboardInteractive,
  }
  return (session) => serve(session, prepared)
}

/** Resolves when either side has left. Nothing of the engine's throws past it. */
function serve(
  session: Session,
  { config, machine, accepted, keyboardInteractive }: Prepared,
): Promise<void> {
  return new Promise<void>((resolve) => {
    let ended = false
    let faulted = false
    const malformed = (reason: string): void => {
      if (faulted || ended) return
      faulted = true
      session.report({ kind: 'malformed', reason: reason.slice(0, MAX_REASON_CHARACTERS) })
    }
    const socket = new SshSocket(session.stream(), {
      hello: ({ ident, hassh }) =>
        session.report({
          kind: 'client',
          software: ident.slice(0, MAX_IDENT_CHARACTERS),
          ...(hassh === undefined ? {} : { hassh }),
        }),
      refused: (verdict) => {
        malformed(verdict === 'invalid' ? 'no SSH identification' : 'other SSH protocol version')
        socket.end(`${REFUSALS[verdict]}\r\n`)
      },
    })
    const grace = setTimeout(() => end(), LOGIN_GRACE_MS)
    const end = (): void => {
      if (ended) return
      ended = true
      clearTimeout(grace)
      session.signal.removeEventListener('abort', end)
      socket.destroy()
      resolve()
    }
    session.signal.addEventListener('abort', end)
    socket.on('error', end)
    socket.once('end', () => socket.end())
    socket.once('finish', end)
    socket.once('close', end)

    const visitor = { session, machine, alive: () => !ended }
    const server = new ssh2.Server(config, (client: Connection) => {
      // ssh2 gives a client's own goodbye (RFC 4253, 11.1) as an error with a numeric code.
      client.on('error', (fault: Error & { code?: unknown; level?: string }) => {
        if (typeof fault.code !== 'number' && fault.level !== 'socket') malformed(fault.message)
      })
      client.on('close', end)
      client.on('ready', () => clearTimeout(grace))
      const user = authenticate(client, visitor, { accepted, keyboardInteractive })
      serveChannels(client, visitor, user)
    })
    server.on('error', end)
    // It asks no more of a socket than SshSocket has.
    server.injectSocket(socket as Duplex as Socket)
    if (session.signal.aborted) end()
  })
}
