/** What each command does and answers. Texts as in Redis 5, 6 and 7 where they differ. */
import { badCount, clientCommand, configure, evaluate, load, replicate, script } from './admin.ts'
import {
  type Client,
  error,
  integerOf,
  NOT_INTEGER,
  OK,
  SYNTAX,
  unknownCommand,
  unknownSubcommand,
  wrongArity,
} from './client.ts'
import type { Reply } from './codec.ts'
import { info } from './info.ts'
import type { Keys } from './keys.ts'

const DATABASES = 16

/** [arity as COMMAND tells it, does it write, what it does]. `args` are the words after the verb. */
type Row = readonly [number, 'w' | 'r', (client: Client, args: readonly string[]) => Reply]

const TABLE: Readonly<Record<string, Row>> = {
  ping: [-1, 'r', (_, [word]) => word ?? { ok: 'PONG' }],
  echo: [2, 'r', (_, [word = '']) => word],
  select: [2, 'r', select],
  get: [2, 'r', ({ keys }, [key = '']) => keys.get(key) ?? null],
  set: [-3, 'w', set],
  setnx: [
    3,
    'w',
    ({ keys }, [key = '', value = '']) =>
      keys.get(key) === undefined ? store(keys, key, value, 1) : 0,
  ],
  setex: [
    4,
    'w',
    ({ keys }, [key = '', ttl = '', value = '']) =>
      integerOf(ttl) === undefined ? NOT_INTEGER : store(keys, key, value),
  ],
  mset: [
    -3,
    'w',
    ({ keys }, args) => {
      if (args.length % 2 === 1) return error('ERR wrong number of arguments for MSET')
      for (let i = 0; i < args.length; i += 2) store(keys, args[i] ?? '', args[i + 1] ?? '')
      return OK
    },
  ],
  mget: [-2, 'r', ({ keys }, args) => args.map((key) => keys.get(key) ?? null)],
  append: [
    3,
    'w',
    ({ keys }, [key = '', value = '']) => {
      const joined = (keys.get(key) ?? '') + value
      return store(keys, key, joined, joined.length)
    },
  ],
  strlen: [2, 'r', ({ keys }, [key = '']) => keys.get(key)?.length ?? 0],
  incr: [
    2,
    'w',
    ({ keys }, [key = '']) => {
      const value = integerOf(keys.get(key) ?? '0')
      return value === undefined ? NOT_INTEGER : store(keys, key, String(value + 1), value + 1)
    },
  ],
  del: [-2, 'w', ({ keys }, args) => args.filter((key) => keys.delete(key)).length],
  unlink: [-2, 'w', ({ keys }, args) => args.filter((key) => keys.delete(key)).length],
  exists: [-2, 'r', ({ keys }, args) => args.filter((key) => keys.get(key) !== undefined).length],
  type: [
    2,
    'r',
    ({ keys }, [key = '']) => ({ ok: keys.get(key) === undefined ? 'none' : 'string' }),
  ],
  ttl: [2, 'r', ({ keys }, [key = '']) => (keys.get(key) === undefined ? -2 : -1)],
  expire: [-3, 'w', ({ keys }, [key = '']) => (keys.get(key) === undefined ? 0 : 1)],
  keys: [2, 'r', ({ keys }, [pattern = '']) => keys.match(pattern)],
  scan: [
    -2,
    'r',
    ({ keys }, args) =>
      integerOf(args[0] ?? '') === undefined
        ? error('ERR invalid cursor')
        : [
            '0',
            keys.match(
              args[args.findIndex((word) => word.toLowerCase() === 'match') + 1 || -1] ?? '*',
            ),
          ],
  ],
  dbsize: [1, 'r', ({ keys }) => keys.size],
  flushall: [-1, 'w', ({ keys }) => flush(keys, true)],
  flushdb: [-1, 'w', ({ keys }) => flush(keys, false)],
  save: [1, 'r', () => OK],
  bgsave: [-1, 'r', () => ({ ok: 'Background saving started' })],
  bgrewriteaof: [1, 'r', () => ({ ok: 'Background append only file rewriting started' })],
  lastsave: [1, 'r', ({ facts }) => facts.time() - (facts.uptime() % 3600)],
  time: [1, 'r', ({ facts }) => [String(facts.time()), '0']],
  info: [
    -1,
    'r',
    ({ facts, keys, replica, port }, args) => ({ text: info(facts, keys, replica, port, args) }),
  ],
  config: [-2, 'r', configure],
  slaveof: [3, 'r', replicate],
  replicaof: [3, 'r', replicate],
  role: [
    1,
    'r',
    ({ replica }) =>
      replica === undefined
        ? ['master', 0, []]
        : ['slave', replica.host, Number(replica.port), 'connect', -1],
  ],
  module: [-2, 'r', load],
  client: [-2, 'r', clientCommand],
  command: [-1, 'r', describe],
  eval: [-3, 'r', evaluate],
  evalsha: [
    -3,
    'r',
    (_, [, count]) => badCount(count) ?? error('NOSCRIPT No matching script. Please use EVAL.'),
  ],
  script: [-2, 'r', script],
  debug: [
    -2,
    'r',
    ({ facts }) =>
      facts.major >= 7
        ? error(
            'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
          )
        : OK,
  ],
  monitor: [1, 'r', () => OK],
  cluster: [-2, 'r', () => error('ERR This instance has cluster support disabled')],
}
const ROWS: ReadonlyMap<string, Row> = new Map(Object.entries(TABLE))
/** Handled by the conversation itself (server.ts), but known to COMMAND. */
const ELSEWHERE: ReadonlyMap<string, number> = new Map([
  ['auth', -2],
  ['hello', -1],
  ['quit', -1],
  ['shutdown', -1],
])

export function run(client: Client, verb: string, args: readonly string[]): Reply {
  const row = ROWS.get(verb)
  if (row === undefined) return unknownCommand(client, verb, args)
  const [arity, writes, act] = row
  const words = args.length + 1
  if (arity > 0 ? words !== arity : words < -arity || (verb === 'ping' && words > 2))
    return wrongArity(verb)
  if (writes === 'w' && client.replica !== undefined)
    return error(
      `READONLY You can't write against a read only ${client.facts.major < 5 ? 'slave' : 'replica'}.`,
    )
  return act(client, args)
}

function flush(keys: Keys, all: boolean): Reply {
  keys.clear(all)
  return OK
}

function store(keys: Keys, key: string, value: string, reply: Reply = OK): Reply {
  return keys.set(key, value)
    ? reply
    : error("OOM command not allowed when used memory > 'maxmemory'.")
}

function select({ keys, facts }: Client, [index = '']: readonly string[]): Reply {
  const db = integerOf(index)
  if (db === undefined) return facts.major >= 6 ? NOT_INTEGER : error('ERR invalid DB index')
  if (db < 0 || db >= DATABASES) return error('ERR DB index is out of range')
  keys.select(db)
  return OK
}

function set({ keys }: Client, [key = '', value = '', ...options]: readonly string[]): Reply {
  const old = keys.get(key)
  let back = false
  for (let i = 0; i < options.length; i++) {
    const option = (options[i] ?? '').toLowerCase()
    if (['ex', 'px', 'exat', 'pxat'].includes(option)) {
      const ttl = options[++i]
      if (ttl === undefined) return SYNTAX
      if (integerOf(ttl) === undefined) return NOT_INTEGER
      if (Number(ttl) <= 0) return error("ERR invalid expire time in 'set' command")
    } else if (option === 'nx' || option === 'xx') {
      if ((old === undefined) !== (option === 'nx')) return null
    } else if (option === 'get') back = true
    else if (option !== 'keepttl') return SYNTAX
  }
  return store(keys, key, value, back ? (old ?? null) : OK)
}

function describe(client: Client, [name, ...args]: readonly string[]): Reply {
  const verb = name?.toLowerCase()
  const known: [string, number, boolean][] = [
    ...[...ROWS].map(([name, row]): [string, number, boolean] => [name, row[0], row[1] === 'w']),
    ...[...ELSEWHERE].map(([name, arity]): [string, number, boolean] => [name, arity, false]),
  ]
  const entry = ([name, arity, writes]: [string, number, boolean]): Reply => {
    const first = writes && !name.startsWith('flush') ? 1 : 0
    return [
      name,
      arity,
      [{ ok: writes ? 'write' : 'readonly' }, { ok: 'fast' }],
      first,
      first,
      first,
    ]
  }
  if (verb === undefined) return known.map(entry)
  if (verb === 'count') return { 4: 179, 5: 200, 6: 204 }[client.facts.major] ?? 241
  if (verb === 'info') {
    const wanted = args.map((arg) => arg.toLowerCase())
    return wanted.map((word) => {
      const found = known.find(([name]) => name === word)
      return found === undefined ? null : entry(found)
    })
  }
  if (verb === 'docs' && client.facts.major >= 7) return { pairs: [] }
  return unknownSubcommand(client, 'command', name ?? '')
}
