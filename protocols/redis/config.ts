/** CONFIG GET and SET: a visitor changes his own copy, which ends with his conversation. */
import type { Reply } from './codec.ts'
import { glob } from './keys.ts'

/** What is kept of one value. */
const MAX_VALUE_BYTES = 4096

/** Debian's redis.conf, as far as visitors ask. */
const PARAMETERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    dbfilename: 'dump.rdb',
    requirepass: '',
    masterauth: '',
    logfile: '/var/log/redis/redis-server.log',
    pidfile: '/run/redis/redis-server.pid',
    maxmemory: '0',
    'maxmemory-policy': 'noeviction',
    maxclients: '10000',
    timeout: '0',
    'tcp-keepalive': '300',
    'tcp-backlog': '511',
    databases: '16',
    'repl-diskless-sync': 'no',
    'slave-read-only': 'yes',
    'replica-read-only': 'yes',
    'stop-writes-on-bgsave-error': 'yes',
    rdbcompression: 'yes',
    rdbchecksum: 'yes',
    'protected-mode': 'no',
    appendonly: 'no',
    appendfilename: 'appendonly.aof',
    appendfsync: 'everysec',
    loglevel: 'notice',
    slaveof: '',
    replicaof: '',
    dir: '/var/lib/redis',
    save: '900 1 300 10 60 10000',
    bind: '0.0.0.0',
    daemonize: 'yes',
    port: '6379',
    'slowlog-log-slower-than': '10000',
    'slowlog-max-len': '128',
    hz: '10',
  }),
)
const IMMUTABLE = [
  'databases',
  'daemonize',
  'pidfile',
  'logfile',
  'slaveof',
  'replicaof',
  'tcp-backlog',
]
/** Redis 7 ships with `enable-protected-configs no`. */
const PROTECTED = ['dir', 'dbfilename']

export class Config {
  readonly #major: number
  readonly #changed = new Map<string, string>()

  constructor(major: number) {
    this.#major = major
  }

  get(patterns: readonly string[]): Reply {
    const lower = patterns.map((pattern) => pattern.toLowerCase())
    const pairs = [...PARAMETERS]
      .filter(([name]) => lower.some((pattern) => glob(pattern, name)))
      .flatMap(([name, value]) => [name, this.#changed.get(name) ?? value])
    return { pairs }
  }

  set(pairs: readonly string[]): Reply {
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] ?? ''
      const lower = name.toLowerCase()
      const known = PARAMETERS.has(lower)
      if (this.#major >= 7) {
        if (!known)
          return error(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`)
        const reason = IMMUTABLE.includes(lower)
          ? "can't set immutable config"
          : PROTECTED.includes(lower)
            ? "can't set protected config"
            : undefined
        if (reason !== undefined)
          return error(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`)
      } else if (!known || IMMUTABLE.includes(lower))
        return error(`ERR Unsupported CONFIG parameter: ${name}`)
      this.#changed.set(lower, (pairs[i + 1] ?? '').slice(0, MAX_VALUE_BYTES))
    }
    return { ok: 'OK' }
  }
}

const error = (text: string): Reply => ({ error: text })
