/**
 * What a sensor tells its hub: the event (ECS field names) and the topics and envelope it travels in.
 * The only file that agent and hub share.
 */

export const ACTIONS = [
  'connection',
  'scan',
  'credential',
  'command',
  'request',
  'file',
  'exploit',
  'malware',
  'bruteforce',
  'client',
  'malformed',
  'rotation',
  'health',
] as const
export type Action = (typeof ACTIONS)[number]

/** https://www.elastic.co/guide/en/ecs/current/ — absent fields do not apply. */
export type SensorEvent = {
  readonly '@timestamp': string
  readonly event: {
    /** ULID: sorts by time, the same on every delivery. */
    readonly id: string
    readonly action: Action
    readonly kind: 'event' | 'alert'
    readonly category: readonly string[]
    /** Given by the outbox: strictly increasing within its epoch. */
    readonly sequence?: number
    /** 1 (noise) to 10 (the machine would be lost). */
    readonly severity: number
    readonly start?: string
    readonly end?: string
    /** Nanoseconds, as ECS has it. */
    readonly duration?: number
    readonly reason?: string
  }
  readonly observer: { readonly name: string; readonly type: 'honeypot' }
  readonly source?: {
    readonly ip: string
    readonly port?: number
    readonly bytes?: number
    readonly packets?: number
  }
  readonly destination?: { readonly ip: string; readonly port?: number; readonly bytes?: number }
  readonly network?: {
    readonly transport: 'tcp' | 'udp' | 'icmp'
    readonly protocol?: string
    readonly community_id?: string
  }
  readonly user?: { readonly name: string }
  readonly process?: { readonly command_line: string }
  readonly url?: { readonly original: string }
  readonly http?: {
    readonly request: { readonly method: string; readonly body?: { readonly content: string } }
  }
  readonly user_agent?: { readonly original: string }
  readonly tls?: {
    readonly client: { readonly ja3?: string; readonly ja4?: string; readonly server_name?: string }
  }
  readonly rule?: { readonly id: string; readonly name: string }
  readonly vulnerability?: { readonly id: readonly string[] }
  readonly threat?: {
    readonly software?: { readonly name: string; readonly alias?: readonly string[] }
    readonly technique?: { readonly id: readonly string[] }
    readonly indicator?: readonly Indicator[]
  }
  readonly file?: {
    readonly name: string
    readonly size: number
    readonly hash: { readonly sha256: string }
  }
  readonly message?: string
  readonly cuttle: CuttleFields
}

export type Indicator = {
  readonly type: 'url' | 'ipv4-addr' | 'domain-name' | 'file'
  readonly url?: string
  readonly ip?: string
  readonly name?: string
  readonly role: 'distribution' | 'callback' | 'scanner' | 'c2'
  readonly architecture?: string
}

/** What ECS has no name for. */
export type CuttleFields = {
  readonly flow?: string
  readonly identity: string
  readonly persona: string
  readonly door?: Door
  /** The source completed a handshake: it is no spoofed address. */
  readonly verified?: boolean
  /** p0f-style raw signature of the opening SYN. */
  readonly signature?: string
  readonly scanner?: string
  /** Compact ranges: "22-23,80". */
  readonly ports?: string
  /** Where a scan went, when to more than one address. */
  readonly destinations?: readonly string[]
  readonly ports_count?: number
  readonly credential?: {
    readonly method: string
    readonly secret: string
    readonly accepted: boolean
  }
  readonly fields?: Readonly<Record<string, string>>
  readonly hassh?: string
  readonly client?: string
  readonly tool?: string
  readonly attempts?: number
  readonly users?: readonly string[]
  readonly payload?: { readonly sha256: string; readonly preview: string; readonly bytes: number }
  readonly health?: Readonly<Record<string, number | string>>
}

/** Which door let the visitor in. */
export type Door = 'persona' | 'demand' | 'gate' | 'all'

/** `cuttle/v1/<sensor>/up/…` and `…/down/…`; a sensor name is 1 to 64 of [a-z0-9-]. */
export const SENSOR_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/
export const topics = (sensor: string) =>
  ({
    events: `cuttle/v1/${sensor}/up/ev`,
    /** Retained birth and last will: {"online":true,"epoch":"…"}. */
    state: `cuttle/v1/${sensor}/up/state`,
    ack: `cuttle/v1/${sensor}/down/ack`,
  }) as const
export const ALL_EVENTS = 'cuttle/v1/+/up/ev'
export const ALL_STATES = 'cuttle/v1/+/up/state'

/** Largest batch on the wire, compressed: an MQTT broker drops larger messages in silence on 3.1.1. */
export const MAX_BATCH_BYTES = 64 * 1024
/** Largest batch after decompression: what a hub is ready to inflate. */
export const MAX_BATCH_INFLATED_BYTES = 4 * 1024 * 1024

/**
 * First line of a batch (gzip of NDJSON); the events follow, one a line, each with `event.sequence`.
 * `first..last` is the span for which the batch holds everything that the outbox still has: rows that
 * were evicted leave no gap, and a pass from the settled point begins with `first: 1`.
 */
export type BatchHeader = {
  readonly v: 1
  readonly epoch: string
  readonly first: number
  readonly last: number
}
/** The hub has committed everything of `epoch` up to and including `upto`. `resend`: it misses what follows. */
export type Ack = { readonly epoch: string; readonly upto: number; readonly resend?: boolean }
