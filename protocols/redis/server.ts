/** A Redis conversation: requests one by one, AUTH and HELLO, and the manners of the protocol. */
import type { Identity, Service, Session } from '../protocol.ts'
import { Malformed } from '../reader.ts'
import { type Client, error, MAX_NAME_BYTES, OK, unknownCommand, wrongArity } from './client.ts'
import { decode, encode, frame, type Reply } from './codec.ts'
import { run } from './commands.ts'
import { Config } from './config.ts'
import { facts as factsOf } from './info.ts'
import { Keys } from './keys.ts'
import type { Settings } from './settings.ts'

/** What is kept of one command in its observation, characters. */
const MAX_COMMAND_TEXT = 4096
/** What is kept of one offered secret, characters. */
const MAX_SECRET = 512
/** Answers are gathered while whole requests are waiting, up to about this size, bytes. */
const MAX_BATCH_BYTES = 16 * 1024
/** Lines of HTTP: Redis suspects a cross-protocol attack and hangs up at once. */
const FOREIGN = ['post', 'host:']

const NOAUTH = error('NOAUTH Authentication required.')

export function server(settings: Settings, identity: Identity): Service {
  const facts = factsOf(settings, identity)
  let clients = 3 + Math.floor(facts.uptime() / 7919)

  return async (session: Session) => {
    const client: Client = {
      facts,
      keys: new Keys(),
      config: new Config(facts.major),
      id: clients++,
      port: session.local.port,
      remote: `${session.remote.address}:${session.remote.port}`,
      local: `${session.local.address}:${session.local.port}`,
      authenticated: settings.password === undefined,
      resp: 2,
      name: '',
      replica: undefined,
    }
    const bounded = (head: Uint8Array): number | undefined =>
      frame(head, facts.major < 7 || client.authenticated)
    let answers = ''
    const flush = async (): Promise<void> => {
      const bytes = Buffer.from(answers, 'latin1')
      answers = ''
      if (bytes.length > 0) await session.write(bytes)
    }
    try {
      for (;;) {
        if (answers.length > MAX_BATCH_BYTES || !waiting(bounded, session.reader.head))
          await flush()
        const message = await session.reader.message(bounded)
        if (message === undefined) return
        const words = decode(message)
        if (words.length === 0) continue
        const verb = (words[0] ?? '').toLowerCase()
        const reply = answer(client, verb, words)
        observe(session, client, verb, words, !isError(reply))
        if (FOREIGN.includes(verb) || (verb === 'shutdown' && client.authenticated))
          return await flush()
        answers += encode(reply, client.resp)
        if (verb === 'quit') return await flush()
      }
    } catch (fault) {
      if (!(fault instanceof Malformed)) throw fault
      if (fault.message.startsWith('Protocol error')) answers += `-ERR ${fault.message}\r\n`
      await flush()
      throw fault
    }
  }
}

const waiting = (frame: (head: Uint8Array) => number | undefined, head: Buffer): boolean =>
  head.length > 0 && (frame(head) ?? Number.POSITIVE_INFINITY) <= head.length

function answer(client: Client, verb: string, words: readonly string[]): Reply {
  const args = words.slice(1)
  if (verb === 'quit') return OK
  if (verb === 'auth') return authenticate(client, args)
  if (verb === 'hello' && client.facts.major >= 6) return hello(client, args)
  if (!client.authenticated && verb !== 'reset') return NOAUTH
  const reply = run(client, verb, args)
  // The name is told as it was written, the rest goes by the lower case one.
  return isError(reply) && reply.error.startsWith('ERR unknown command')
    ? unknownCommand(client, words[0] ?? '', args)
    : reply
}

function observe(
  session: Session,
  client: Client,
  verb: string,
  words: readonly string[],
  accepted: boolean,
): void {
  for (const [user, secret] of offered(client, verb, words.slice(1)))
    session.report({
      kind: 'credential',
      method: 'password',
      user: user.slice(0, MAX_SECRET),
      secret: secret.slice(0, MAX_SECRET),
      accepted,
    })
  if (verb === 'auth' && words.length > 1) return
  session.report({ kind: 'command', text: words.map(quoted).join(' ').slice(0, MAX_COMMAND_TEXT) })
}

/** AUTH secret, AUTH user secret, HELLO n AUTH user secret. */
function offered(client: Client, verb: string, args: readonly string[]): [string, string][] {
  if (verb === 'auth' && args.length === 1) return [['default', args[0] ?? '']]
  if (verb === 'auth' && args.length > 1) return [[args[0] ?? '', args[1] ?? '']]
  const at = verb === 'hello' ? args.findIndex((word) => word.toLowerCase() === 'auth') : -1
  if (at < 0 || args.length < at + 3 || client.facts.major < 6) return []
  return [[args[at + 1] ?? '', args[at + 2] ?? '']]
}

function authenticate(client: Client, args: readonly string[]): Reply {
  const { facts } = client
  const { password } = facts.settings
  if (args.length === 0 || (facts.major < 6 && args.length > 1)) return wrongArity('auth')
  if (args.length > 2) return error('ERR syntax error')
  if (password === undefined && facts.major < 6)
    return error('ERR Client sent AUTH, but no password is set')
  if (password === undefined && args.length === 1)
    return error(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    )
  const [user, secret] = args.length === 2 ? args : ['default', args[0]]
  // The default user without a password takes any (`nopass`).
  if (user === 'default' && (password === undefined || secret === password)) {
    client.authenticated = true
    return OK
  }
  return error(
    facts.major < 6
      ? 'ERR invalid password'
      : 'WRONGPASS invalid username-password pair or user is disabled.',
  )
}

/** https://redis.io/docs/latest/commands/hello/ */
function hello(client: Client, args: readonly string[]): Reply {
  const { facts } = client
  const [version] = args
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    return error('ERR Protocol version is not an integer or out of range')
  if (version !== undefined && version !== '2' && version !== '3')
    return error('NOPROTO unsupported protocol version')
  for (let i = 1; i < args.length; i++) {
    const option = (args[i] ?? '').toLowerCase()
    if (option === 'auth' && i + 2 < args.length) {
      const reply = authenticate(client, args.slice(i + 1, i + 3))
      if (reply !== OK) return reply
      i += 2
    } else if (option === 'setname' && i + 1 < args.length)
      client.name = (args[++i] ?? '').slice(0, MAX_NAME_BYTES)
    else return error(`ERR Syntax error in HELLO option '${args[i]}'`)
  }
  if (!client.authenticated)
    return error(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    )
  if (version !== undefined) client.resp = version === '3' ? 3 : 2
  return {
    pairs: [
      'server',
      'redis',
      'version',
      facts.settings.version,
      'proto',
      client.resp,
      'id',
      client.id,
      'mode',
      'standalone',
      'role',
      client.replica === undefined ? 'master' : 'replica',
      'modules',
      [],
    ],
  }
}

const isError = (reply: Reply): reply is { readonly error: string } =>
  typeof reply === 'object' && reply !== null && 'error' in reply

/** A word with spaces or unprintable bytes is told in quotes, so that the words can be told apart. */
function quoted(word: string): string {
  const bounded = word.slice(0, MAX_COMMAND_TEXT)
  return /^[!#-~]+$/.test(bounded) ? bounded : `"${bounded.replace(/[^ !#-[\]-~]/g, escaped)}"`
}

const NAMES = new Map(
  Object.entries({ '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }),
)
const escaped = (letter: string): string =>
  NAMES.get(letter) ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`
