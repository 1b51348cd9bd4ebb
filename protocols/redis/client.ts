/** The state of one conversation, and the answers all commands share. */
import type { Reply } from './codec.ts'
import type { Config } from './config.ts'
import type { Facts, Replica } from './info.ts'
import type { Keys } from './keys.ts'

export type Client = {
  readonly facts: Facts
  readonly keys: Keys
  readonly config: Config
  readonly id: number
  readonly port: number
  readonly remote: string
  readonly local: string
  authenticated: boolean
  resp: 2 | 3
  name: string
  replica: Replica
}

export const MAX_NAME_BYTES = 256

export const OK: Reply = { ok: 'OK' }
export const error = (text: string): Reply => ({ error: text })
export const SYNTAX = error('ERR syntax error')
export const integerOf = (word: string): number | undefined =>
  /^-?\d{1,15}$/.test(word) ? Number(word) : undefined
export const NOT_INTEGER = error('ERR value is not an integer or out of range')

export const wrongArity = (verb: string): Reply =>
  error(`ERR wrong number of arguments for '${verb}' command`)

/** `verb` as the visitor wrote it. */
export function unknownCommand({ facts }: Client, verb: string, args: readonly string[]): Reply {
  const name = verb.slice(0, 128)
  if (facts.major < 5) return error(`ERR unknown command '${name}'`)
  let list = ''
  for (const arg of args) {
    if (list.length >= 128) break
    const word = arg.slice(0, 128 - list.length)
    list += facts.major >= 7 ? `'${word}' ` : `\`${word}\`, `
  }
  const quoted = facts.major >= 7 ? `'${name}'` : `\`${name}\``
  return error(`ERR unknown command ${quoted}, with args beginning with: ${list}`)
}

export function unknownSubcommand({ facts }: Client, verb: string, name: string): Reply {
  if (facts.major < 5 && verb === 'config')
    return error('ERR CONFIG subcommand must be one of GET, SET, RESETSTAT, REWRITE')
  return error(
    facts.major >= 7
      ? `ERR unknown subcommand '${name.slice(0, 128)}'. Try ${verb.toUpperCase()} HELP.`
      : `ERR Unknown subcommand or wrong number of arguments for '${name.slice(0, 128)}'. Try ${verb.toUpperCase()} HELP.`,
  )
}
