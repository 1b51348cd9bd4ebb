/**
 * One connection to the broker after another: MQTT 5 where it is spoken and 3.1.1 where not, presence by birth and
 * last will, full-jitter back-off between attempts. Nothing here throws; the reason is in `lastError`.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { topics } from '../event.ts'
import type { Log } from '../log.ts'
import { backoff } from './backoff.ts'
import { parseBrokerUrl } from './broker-url.ts'

export type ConnectionOptions = {
  /** mqtt://user:pass@host:port or mqtts://… */
  readonly url: string
  readonly sensor: string
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number
  /** For mqtts: what Node's TLS takes; the system's authorities if absent. */
  readonly tls?: Pick<IClientOptions, 'ca' | 'cert' | 'key'>
}
export type ConnectionEvents = {
  /** What the retained state says of us. */
  readonly state: (online: boolean) => string
  /** Connected, and acknowledgements will come: now something may be sent. */
  readonly ready: () => void
  readonly lost: () => void
  readonly acknowledgement: (payload: Uint8Array) => void
  /** The broker took a batch and has nobody to give it to (MQTT 5). */
  readonly unclaimed: () => void
}

const CONNECT_TIMEOUT_MS = 20_000
const KEEPALIVE_SECONDS = 30
/** A connection that lasts this long was a success: the back-off begins anew. */
const STABLE_MS = 10_000
/** For the last publish and DISCONNECT to leave. */
const FAREWELL_MS = 1000
/** CONNACK codes of 5 and of 3.1.1 for a version that the broker does not speak. */
const WRONG_VERSION: ReadonlySet<unknown> = new Set([132, 1])
/** PUBACK, MQTT 5 section 3.4.2.1. */
const NO_MATCHING_SUBSCRIBERS = 16
const RETAINED = { qos: 1, retain: true } as const

export class BrokerConnection {
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  readonly #topics: ReturnType<typeof topics>
  #client: MqttClient | undefined
  #version: 4 | 5 = 5
  #running = false
  #connected = false
  #ready = false
  #failures = 0
  #connectedAt = 0
  #timer: NodeJS.Timeout | undefined
  #lastError = ''

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
    this.#topics = topics(options.sensor)
  }

  get connected(): boolean {
    return this.#connected
  }

  get ready(): boolean {
    return this.#ready
  }

  get lastError(): string {
    return this.#lastError
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#connect()
  }

  /** `done` is not called once the connection is lost: `lost` is. */
  publishBatch(payload: Uint8Array, done: (error: Error | undefined) => void): void {
    const client = this.#client
    client?.publish(this.#topics.events, Buffer.from(payload), { qos: 1 }, (error) => {
      if (client === this.#client) done(error ?? undefined)
    })
  }

  /** Logged once for each new reason. */
  complain(message: string): void {
    if (message !== this.#lastError) this.#options.log.warn(`uplink: ${message}`)
    this.#lastError = message
  }

  /** The hub has answered: all is well. */
  recovered(): void {
    this.#lastError = ''
    this.#failures = 0
  }

  /** The connection is of no use: make another. */
  drop(reason: string): void {
    if (this.#client !== undefined) this.#gone(this.#client, new Error(reason), true)
  }

  async stop(): Promise<void> {
    this.#running = false
    clearTimeout(this.#timer)
    const client = this.#client
    this.#forget()
    if (client === undefined) return
    client.on('error', () => {})
    if (client.connected)
      client.publish(this.#topics.state, this.#events.state(false), RETAINED, () => {})
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => client.end(true, {}, () => resolve()), FAREWELL_MS)
      client.end(!client.connected, {}, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #connect(): void {
    const address = parseBrokerUrl(this.#options.url)
    if (address === undefined) {
      this.#fail('the hub address is not of the form mqtt://host:port or mqtts://host:port')
      return
    }
    let opened = false
    try {
      const client = connect({
        ...address,
        ...this.#options.tls,
        protocolVersion: this.#version,
        clientId: this.#options.sensor,
        clean: true,
        keepalive: KEEPALIVE_SECONDS,
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectPeriod: 0,
        resubscribe: false,
        will: {
          topic: this.#topics.state,
          payload: Buffer.from(this.#events.state(false)),
          ...RETAINED,
        },
      })
      this.#client = client
      client.on('connect', () => {
        opened = true
        this.#welcome(client)
      })
      client.on('message', (topic, payload) => {
        if (topic === this.#topics.ack) this.#events.acknowledgement(payload)
      })
      client.on('packetreceive', (packet) => {
        // Before `ready` it is the birth message that is acknowledged.
        if (!this.#ready || packet.cmd !== 'puback') return
        if (packet.reasonCode === NO_MATCHING_SUBSCRIBERS) this.#events.unclaimed()
      })
      client.on('error', (error) => this.#gone(client, error, opened))
      client.on('close', () => this.#gone(client, undefined, opened))
    } catch (error) {
      this.#fail(textOf(error))
    }
  }

  #welcome(client: MqttClient): void {
    if (client !== this.#client) return
    this.#connected = true
    this.#connectedAt = this.#options.now()
    client.publish(this.#topics.state, this.#events.state(true), RETAINED, () => {})
    client.subscribe(this.#topics.ack, { qos: 1 }, (error) => {
      if (client !== this.#client) return
      if (error) {
        this.#gone(client, error, true)
        return
      }
      this.#ready = true
      this.#options.log.info({ version: this.#version }, 'uplink: connected')
      this.#events.ready()
    })
  }

  /** Both `error` and `close` may come for one connection: the first one counts. */
  #gone(client: MqttClient, error: unknown, opened: boolean): void {
    if (client !== this.#client) return
    const lasted = opened ? this.#options.now() - this.#connectedAt : 0
    this.#forget()
    this.#events.lost()
    client.on('error', () => {})
    client.end(true)
    if (lasted >= STABLE_MS) this.#failures = 0
    if (!opened && (error === undefined || WRONG_VERSION.has(codeOf(error)))) {
      // Some brokers close instead of refusing a version: try the other one.
      this.#version = this.#version === 5 ? 4 : 5
      if (error !== undefined && this.#version === 4) {
        this.#retry(0)
        return
      }
    }
    this.#fail(error === undefined ? 'the broker closed the connection' : textOf(error))
  }

  #forget(): void {
    this.#client = undefined
    this.#connected = false
    this.#ready = false
  }

  #fail(message: string): void {
    this.#failures += 1
    this.complain(message)
    this.#retry(backoff(this.#failures, this.#options.random()))
  }

  #retry(delayMs: number): void {
    if (!this.#running) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#connect(), delayMs)
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** Node joins the attempts of several addresses in one AggregateError with an empty message. */
export const textOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return textOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
