/** The text of INFO, as Redis 5 to 7 lays it out. https://redis.io/docs/latest/commands/info/ */
import type { Identity } from '../protocol.ts'
import type { Keys } from './keys.ts'
import type { Settings } from './settings.ts'

const DAY_SECONDS = 86_400

/** What of a server does not change while it runs. */
export type Facts = {
  readonly settings: Settings
  readonly major: number
  readonly runId: string
  readonly replId: string
  readonly build: string
  readonly pid: number
  /** Seconds since the server started. */
  readonly uptime: () => number
  /** Seconds since 1970. */
  readonly time: () => number
}

export function facts(settings: Settings, identity: Identity): Facts {
  const number = (label: string, below: number): number =>
    identity.secret(`redis ${label}`, 6).readUIntBE(0, 6) % below
  const offset = 3 * DAY_SECONDS + number('uptime', 90 * DAY_SECONDS)
  const started = identity.now() / 1000
  const time = (): number => identity.now() / 1000
  return {
    settings,
    major: Number(settings.version[0]),
    runId: identity.secret('redis run_id', 20).toString('hex'),
    replId: identity.secret('redis replid', 20).toString('hex'),
    build: identity.secret(`redis build ${settings.version}`, 8).toString('hex'),
    pid: 400 + number('pid', 900),
    uptime: () => Math.floor(offset + time() - started),
    time: () => Math.floor(time()),
  }
}

export type Replica = { readonly host: string; readonly port: string } | undefined

export function info(
  facts: Facts,
  keys: Keys,
  replica: Replica,
  port: number,
  sections: readonly string[],
): string {
  const wanted = sections.map((name) => name.toLowerCase())
  const all =
    wanted.length === 0 || wanted.some((n) => ['all', 'default', 'everything'].includes(n))
  return Object.entries(texts(facts, keys, replica, port))
    .filter(([name]) => all || wanted.includes(name.toLowerCase()))
    .map(([name, lines]) => `# ${name}\r\n${lines.map((line) => `${line}\r\n`).join('')}`)
    .join('\r\n')
}

function texts(facts: Facts, keys: Keys, replica: Replica, port: number): Record<string, string[]> {
  const { settings, major, runId } = facts
  const uptime = facts.uptime()
  const time = facts.time()
  const saved = Math.max(0, time - (uptime % 3600))
  const used = 864_512 + 64 * keys.size
  const from = (version: number, ...lines: string[]): string[] => (major >= version ? lines : [])
  return {
    Server: [
      `redis_version:${settings.version}`,
      'redis_git_sha1:00000000',
      'redis_git_dirty:0',
      `redis_build_id:${facts.build}`,
      'redis_mode:standalone',
      `os:${settings.os}`,
      'arch_bits:64',
      ...from(7, 'monotonic_clock:POSIX clock_gettime'),
      'multiplexing_api:epoll',
      'atomicvar_api:atomic-builtin',
      'gcc_version:10.2.1',
      `process_id:${facts.pid}`,
      ...from(7, 'process_supervised:systemd'),
      `run_id:${runId}`,
      `tcp_port:${port}`,
      ...from(7, `server_time_usec:${time * 1_000_000}`),
      `uptime_in_seconds:${uptime}`,
      `uptime_in_days:${Math.floor(uptime / DAY_SECONDS)}`,
      'hz:10',
      'configured_hz:10',
      `lru_clock:${time & 0xffffff}`,
      'executable:/usr/bin/redis-server',
      'config_file:/etc/redis/redis.conf',
      ...from(6, 'io_threads_active:0'),
    ],
    Clients: [
      'connected_clients:1',
      ...from(7, 'cluster_connections:0', 'maxclients:10000'),
      'client_recent_max_input_buffer:2',
      'client_recent_max_output_buffer:0',
      'blocked_clients:0',
      ...from(6, 'tracking_clients:0', 'clients_in_timeout_table:0'),
    ],
    Memory: [
      `used_memory:${used}`,
      `used_memory_human:${(used / 1024).toFixed(2)}K`,
      'used_memory_rss:8601600',
      'used_memory_rss_human:8.20M',
      'used_memory_peak:925480',
      'used_memory_peak_human:903.79K',
      'used_memory_peak_perc:93.41%',
      'used_memory_overhead:821264',
      'used_memory_startup:802320',
      'total_system_memory:2085076992',
      'total_system_memory_human:1.94G',
      'used_memory_lua:37888',
      'used_memory_lua_human:37.00K',
      'maxmemory:0',
      'maxmemory_human:0B',
      'maxmemory_policy:noeviction',
      'mem_fragmentation_ratio:9.95',
      'mem_allocator:jemalloc-5.2.1',
      'active_defrag_running:0',
      'lazyfree_pending_objects:0',
    ],
    Persistence: [
      'loading:0',
      'rdb_changes_since_last_save:0',
      'rdb_bgsave_in_progress:0',
      `rdb_last_save_time:${saved}`,
      'rdb_last_bgsave_status:ok',
      'rdb_last_bgsave_time_sec:0',
      'rdb_current_bgsave_time_sec:-1',
      'rdb_last_cow_size:0',
      'aof_enabled:0',
      'aof_rewrite_in_progress:0',
      'aof_rewrite_scheduled:0',
      'aof_last_rewrite_time_sec:-1',
      'aof_current_rewrite_time_sec:-1',
      'aof_last_bgrewrite_status:ok',
      'aof_last_write_status:ok',
    ],
    Stats: [
      `total_connections_received:${1 + Math.floor(uptime / 7919)}`,
      `total_commands_processed:${5 + Math.floor(uptime / 1511)}`,
      'instantaneous_ops_per_sec:0',
      'rejected_connections:0',
      'sync_full:0',
      'sync_partial_ok:0',
      'sync_partial_err:0',
      'expired_keys:0',
      'evicted_keys:0',
      'keyspace_hits:0',
      'keyspace_misses:0',
      'pubsub_channels:0',
      'pubsub_patterns:0',
      'latest_fork_usec:211',
    ],
    Replication: [
      `role:${replica === undefined ? 'master' : 'slave'}`,
      ...(replica === undefined
        ? []
        : [
            `master_host:${replica.host}`,
            `master_port:${replica.port}`,
            'master_link_status:down',
            'master_last_io_seconds_ago:-1',
            'master_sync_in_progress:0',
            'slave_repl_offset:0',
            'slave_priority:100',
            'slave_read_only:1',
          ]),
      'connected_slaves:0',
      `master_replid:${facts.replId}`,
      `master_replid2:${'0'.repeat(40)}`,
      'master_repl_offset:0',
      'second_repl_offset:-1',
      'repl_backlog_active:0',
      'repl_backlog_size:1048576',
      'repl_backlog_first_byte_offset:0',
      'repl_backlog_histlen:0',
    ],
    CPU: [
      `used_cpu_sys:${(uptime * 0.00071).toFixed(6)}`,
      `used_cpu_user:${(uptime * 0.00083).toFixed(6)}`,
      'used_cpu_sys_children:0.003125',
      'used_cpu_user_children:0.001211',
    ],
    ...(major >= 6 ? { Modules: [] } : {}),
    Cluster: ['cluster_enabled:0'],
    Keyspace: keys.sizes().map(([db, count]) => `db${db}:keys=${count},expires=0,avg_ttl=0`),
  }
}
