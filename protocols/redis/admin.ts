/** Commands about the server itself: nothing is loaded, run or connected to. */
import { createHash } from 'node:crypto'
import {
  type Client,
  error,
  integerOf,
  MAX_NAME_BYTES,
  NOT_INTEGER,
  OK,
  SYNTAX,
  unknownSubcommand,
  wrongArity,
} from './client.ts'
import type { Reply } from './codec.ts'

export function configure(client: Client, [name = '', ...args]: readonly string[]): Reply {
  const { facts, config } = client
  const verb = name.toLowerCase()
  const modern = facts.major >= 7
  if (verb === 'get') {
    if (args.length === 0 || (!modern && args.length > 1)) return arity(client, 'config', name)
    return config.get(args)
  }
  if (verb === 'set') {
    if (modern ? args.length < 2 : args.length !== 2) return arity(client, 'config', name)
    return args.length % 2 === 1 ? SYNTAX : config.set(args)
  }
  return verb === 'resetstat' || verb === 'rewrite' ? OK : unknownSubcommand(client, 'config', name)
}

const arity = (client: Client, verb: string, name: string): Reply =>
  client.facts.major >= 7
    ? wrongArity(`${verb}|${name.toLowerCase()}`)
    : unknownSubcommand(client, verb, name)

export function replicate(client: Client, [host = '', port = '']: readonly string[]): Reply {
  if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') client.replica = undefined
  else {
    const number = integerOf(port)
    if (number === undefined) return NOT_INTEGER
    if (number < 0 || number > 65535) return error('ERR Invalid master port')
    client.replica = { host: host.slice(0, MAX_NAME_BYTES), port }
  }
  return OK
}

/** Nothing is ever loaded. */
export function load(client: Client, [name = '', path]: readonly string[]): Reply {
  if (client.facts.major >= 7)
    return error(
      'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
    )
  const verb = name.toLowerCase()
  if (verb === 'list') return []
  if (path === undefined) return unknownSubcommand(client, 'module', name)
  if (verb === 'load')
    return error('ERR Error loading the extension. Please check the server logs.')
  if (verb === 'unload') return error('ERR Error unloading module: no such module with that name')
  return unknownSubcommand(client, 'module', name)
}

export function clientCommand(client: Client, [name = '', ...args]: readonly string[]): Reply {
  const verb = name.toLowerCase()
  const { facts } = client
  if (verb === 'setname' && args.length === 1) {
    if (/[^!-~]/.test(args[0] ?? ''))
      return error('ERR Client names cannot contain spaces, newlines or special characters.')
    client.name = (args[0] ?? '').slice(0, MAX_NAME_BYTES)
    return OK
  }
  if (verb === 'getname') return client.name === '' ? null : client.name
  if (verb === 'id') return client.id
  if (verb === 'kill') return error('ERR No such client')
  if (verb === 'list' || (verb === 'info' && facts.major >= 6)) {
    const laddr = facts.major >= 7 ? ` laddr=${client.local}` : ''
    return {
      text: `id=${client.id} addr=${client.remote}${laddr} fd=8 name=${client.name} age=0 idle=0 flags=N db=0 sub=0 psub=0 multi=-1 qbuf=26 qbuf-free=32742 obl=0 oll=0 omem=0 events=r cmd=client\n`,
    }
  }
  return unknownSubcommand(client, 'client', name)
}

export const badCount = (count = ''): Reply | undefined =>
  integerOf(count) === undefined
    ? NOT_INTEGER
    : Number(count) < 0
      ? error("ERR Number of keys can't be negative")
      : undefined

/** No Lua here: constants are returned, what the sandbox forbids is refused, all else gives nil. */
export function evaluate(
  { facts }: Client,
  [source = '', count, ...rest]: readonly string[],
): Reply {
  const bad = badCount(count)
  if (bad !== undefined) return bad
  if (Number(count) > rest.length)
    return error("ERR Number of keys can't be greater than number of args")
  const sha = createHash('sha1').update(source, 'latin1').digest('hex')
  const global = ['package', 'io', 'require', 'dofile'].find((word) =>
    new RegExp(`\\b${word}\\b`).test(source),
  )
  if (global !== undefined) {
    const text = `Script attempted to access nonexistent global variable '${global}'`
    return error(
      facts.major >= 7
        ? `ERR user_script:1: ${text} script: ${sha}, on @user_script:1.`
        : `ERR Error running script (call to f_${sha}): @enable_strict_lua:15: user_script:1: ${text}`,
    )
  }
  const constant = /^\s*return\s+(?:(-?\d{1,15})|'([^'\\]*)'|"([^"\\]*)")\s*;?\s*$/.exec(
    source.slice(0, 1024),
  )
  if (constant === null) return null
  return constant[1] !== undefined ? Number(constant[1]) : (constant[2] ?? constant[3] ?? null)
}

export function script(client: Client, [name = '', ...args]: readonly string[]): Reply {
  const verb = name.toLowerCase()
  if (verb === 'load' && args.length === 1)
    return createHash('sha1')
      .update(args[0] ?? '', 'latin1')
      .digest('hex')
  if (verb === 'exists' && args.length > 0) return args.map(() => 0)
  if (verb === 'flush') return OK
  if (verb === 'kill') return error('NOTBUSY No scripts in execution right now.')
  return unknownSubcommand(client, 'script', name)
}
