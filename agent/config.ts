/** File, environment and flags → one frozen Config; every fault is reported at once, with its key and the remedy. */
import { parse as parseToml, TomlError } from 'smol-toml'
import { z } from 'zod'
import { ENVIRONMENTS } from '../rotation/data.ts'
import { roster } from '../rotation/roster.ts'
import { SENSOR_NAME } from './event.ts'
import { Fault } from './fault.ts'
import { addressesOf, MAX_ADDRESSES, prefix, prefix6 } from './prefix.ts'
import { parseAddress } from './wire/ipv4.ts'

const seconds = (min: number, max: number, usual: number) =>
  z.number().min(min).max(max).default(usual)
const count = (min: number, max: number, usual: number) =>
  z.number().int().min(min).max(max).default(usual)

const AN_ADDRESS = 'at least one IPv4 address, as 192.0.2.10/24'
const MIB = 1024 * 1024
/** A unix socket's path has 107 bytes at most (unix(7)); ours is the directory and `/control.sock`. */
const MAX_STATE_BYTES = 107 - '/control.sock'.length
export const MAX_WORKERS = 16
const WORKERS = `use 1 to ${MAX_WORKERS}, or auto`
const PERSONAS = ['auto', ...roster.map(({ id }) => id)]

/** Keys as the file has them. `cuttle run --help` and docs list the same. */
const schema = z.strictObject({
  name: z.string().regex(SENSOR_NAME, 'use 1 to 64 of a-z, 0-9 and -').default('sensor'),
  interface: z.string({ error: 'name the network interface, as in `ip link`' }).min(1).max(15),
  mode: z.enum(['own', 'shared']).default('own'),
  address: z
    .array(
      z
        .string()
        .refine(
          (text) => prefix(text) !== undefined || prefix6(text) !== undefined,
          'use IP/LEN, as 192.0.2.10/24 or 2001:db8::10/64; a network (192.0.2.0/24, 2001:db8::/64) means all of it',
        ),
      { error: `give ${AN_ADDRESS}` },
    )
    .min(1, `give ${AN_ADDRESS}`)
    .max(MAX_ADDRESSES)
    .refine((texts) => {
      const { length } = addressesOf(texts, undefined)
      // Of a list with something wrong in it that alone is said.
      const six = texts.every((text) => prefix6(text) !== undefined)
      return length <= MAX_ADDRESSES && !(six && texts.length > 0)
    }, `give ${AN_ADDRESS}, and ${MAX_ADDRESSES} at most in all`),
  gateway: z
    .string()
    .refine((text) => parseAddress(text) !== undefined, 'use an IPv4 address')
    .optional(),
  doors: z.enum(['gated', 'all', 'strict']).default('gated'),
  persona: z
    .enum(PERSONAS, { error: 'use auto or an id of `cuttle persona list`' })
    .default('auto'),
  /** Where the sensor stands: `auto` takes only machines that are met there. */
  environment: z.enum(ENVIRONMENTS, { error: `use one of ${ENVIRONMENTS.join(', ')}` }).optional(),
  state: z
    .string()
    .min(1)
    .refine(
      (path) => Buffer.byteLength(path) <= MAX_STATE_BYTES,
      `use a path of at most ${MAX_STATE_BYTES} bytes`,
    )
    .default('/var/lib/cuttle'),
  hub: z
    .string()
    .regex(/^mqtts?:\/\/[^\s]+$/, 'use mqtt://[user:password@]host:port')
    .optional(),
  link: z.enum(['ring', 'pcap']).default('ring'),
  workers: z
    .union([z.literal('auto'), z.number().int(WORKERS).min(1, WORKERS).max(MAX_WORKERS, WORKERS)], {
      error: WORKERS,
    })
    .default(1),
  log: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  management_ports: z.array(z.number().int().min(1).max(65_535)).max(64).default([22]),
  budgets: z
    .strictObject({ gates_per_source: count(0, 16, 4), gates_per_identity: count(0, 100_000, 60) })
    .prefault({}),
  flow: z
    .strictObject({
      max: count(16, 1_000_000, 100_000),
      idle_seconds: seconds(1, 86_400, 60),
      total_seconds: seconds(1, 86_400, 900),
      max_bytes: count(1024, 1024 * MIB, 4 * MIB),
    })
    .prefault({}),
  outbox: z.strictObject({ max_bytes: count(1 * MIB, 64 * 1024 * MIB, 256 * MIB) }).prefault({}),
  record: z
    .strictObject({
      directory: z.string().min(1),
      file_bytes: count(64 * 1024, 1024 * MIB, 16 * MIB),
      files: count(1, 1000, 4),
    })
    .optional(),
})

export type Config = Readonly<z.infer<typeof schema>>
/** Where a value came from decides what the message calls it. */
export type Given = {
  readonly key: string
  readonly value: string | readonly string[]
  readonly from: string
}

/**
 * `file`: text and path of the TOML file, if there is one. `given`: `CUTTLE_*` variables and flags,
 * later ones win. Throws Fault.
 */
export function loadConfig(
  file: { readonly path: string; readonly text: string } | undefined,
  given: readonly Given[],
): Config {
  const faults: string[] = []
  // Without a prototype a key named __proto__ is a key like any other.
  const raw: Record<string, unknown> = Object.create(null)
  const origin = new Map<string, string>()
  if (file !== undefined) {
    try {
      Object.assign(raw, parseToml(file.text))
    } catch (error) {
      const where = error instanceof TomlError ? `:${error.line}:${error.column}` : ''
      const what = (error as Error).message.split('\n')[0]?.replace('Invalid TOML document: ', '')
      throw new Fault([`${file.path}${where}: ${what}`])
    }
    for (const key of Object.keys(raw)) origin.set(key, file.path)
  }
  for (const { key, value, from } of given) {
    place(raw, key, coerce(key, value))
    origin.set(key, from)
    origin.set(key.split('.')[0] as string, from)
  }
  const result = schema.safeParse(raw)
  if (!result.success)
    for (const issue of result.error.issues) {
      const key = issue.path.join('.')
      const from = origin.get(key) ?? origin.get(String(issue.path[0] ?? ''))
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys : undefined
      if (unknown === undefined) faults.push(`${from ?? 'config'}: ${key}: ${issue.message}`)
      else
        for (const name of unknown) {
          const full = [...issue.path, name].join('.')
          faults.push(`${origin.get(full) ?? from ?? file?.path}: ${full}: no such key; remove it`)
        }
    }
  if (faults.length > 0) throw new Fault(faults)
  return Object.freeze(result.data as Config)
}

const LISTS = new Set(['address', 'management_ports'])
const NUMBERS = /^(budgets|flow|outbox)\.|^record\.file|^workers$/

/** Flags and variables are text; the schema wants numbers and lists. */
function coerce(key: string, value: string | readonly string[]): unknown {
  if (LISTS.has(key)) {
    const list = typeof value === 'string' ? value.split(',') : value
    return key === 'management_ports' ? list.map(Number) : list
  }
  if (key === 'workers' && value === 'auto') return value
  return NUMBERS.test(key) && typeof value === 'string' ? Number(value) : value
}

function place(raw: Record<string, unknown>, key: string, value: unknown): void {
  const [head, tail] = key.split('.') as [string, string | undefined]
  if (tail === undefined) {
    raw[head] = value
    return
  }
  const section = raw[head]
  const table = typeof section === 'object' && section !== null ? section : {}
  raw[head] = { ...table, [tail]: value }
}

/** Keys that a flag or a `CUTTLE_*` variable may set: `flow.max` is `--flow-max` and `CUTTLE_FLOW_MAX`. */
export const KEYS: readonly (readonly [key: string, help: string])[] = [
  ['name', 'the sensor’s name at the hub'],
  ['interface', 'network interface that the traffic comes from'],
  ['mode', 'own: a host of its own on the wire; shared: on the address of this machine'],
  ['address', 'IP/LEN to answer for, or a whole network (repeatable)'],
  ['gateway', 'router of the network, in own mode'],
  ['doors', 'gated (default), all or strict'],
  ['persona', 'which machine to be: an id of `cuttle persona list`, or auto'],
  ['environment', 'home, office, cloud or industrial: what `auto` may choose from'],
  ['state', 'directory of outbox and identity'],
  ['hub', 'mqtt://[user:password@]host:port'],
  ['link', 'ring (default) or pcap'],
  ['workers', 'packet threads, 1 (default) to 16, or auto: one for each core but one'],
  ['log', 'debug, info, warn or error'],
  ['management_ports', 'ports of this machine’s own services, in shared mode'],
  ['budgets.gates_per_source', 'gated ports a source may open in an hour'],
  ['budgets.gates_per_identity', 'gated ports an identity may show in an hour'],
  ['flow.max', 'flows at once'],
  ['flow.idle_seconds', 'ends a silent flow'],
  ['flow.total_seconds', 'ends any flow'],
  ['flow.max_bytes', 'received bytes that end a flow'],
  ['outbox.max_bytes', 'size of the outbox on disk'],
  ['record.directory', 'write all frames to a ring of capture files there'],
  ['record.file_bytes', 'size of one capture file'],
  ['record.files', 'number of capture files'],
]
export const flagOf = (key: string): string => key.replace(/[._]/g, '-')
export const variableOf = (key: string): string => `CUTTLE_${key.replace('.', '_').toUpperCase()}`
