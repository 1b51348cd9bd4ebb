/**
 * The sensor on the main thread: outbox, uplink, fence and control beside the packet thread.
 * Reads as the list it is: identity → store → fence → packets → uplink.
 */
import { randomBytes, randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { monotonic, wallClock } from './clock.ts'
import type { Config } from './config.ts'
import { type Control, takeState } from './control.ts'
import { Fault } from './fault.ts'
import { loadIdentity } from './identity-file.ts'
import type { Fence } from './link/fence.ts'
import type { Log } from './log.ts'
import { Outbox } from './outbox.ts'
import type { PacketThread } from './packets.ts'
import { prefix } from './prefix.ts'
import { healthEvent, worthOf } from './report.ts'
import type { StoreNotice } from './store/open-store.ts'
import type { SqliteStore } from './store/sqlite-store.ts'
import { PAGE_BYTES } from './text-page.ts'
import type { FromThread, ThreadInput, ThreadStatus } from './thread-messages.ts'
import { ulidFactory } from './ulid.ts'
import type { Uplink } from './uplink/uplink.ts'
import { addressText } from './wire/ipv4.ts'

/** What is on its way when the sensor stops may take so long. */
const GRACE_MS = 3_000
const STATUS_MS = 1_000

export type SensorOptions = {
  readonly config: Config
  readonly home: string
  readonly log: Log
  /** Already loading beside us. */
  readonly thread: PacketThread
  /** SSH_CONNECTION of the session that starts us, if there is one. */
  readonly sshConnection: string | undefined
}

export class Sensor {
  readonly #options: SensorOptions
  readonly #startedAt = wallClock()
  #outbox: Outbox | undefined
  #thread: PacketThread | undefined
  #uplink: Uplink | undefined
  #fence: Fence | undefined
  #control: Control | undefined
  #threadStatus: ((status: ThreadStatus) => void)[] = []
  #stopped: (() => void) | undefined
  #ended: (reason: Error | undefined) => void = () => {}
  /** Settles when the sensor ends by itself: rejected with what ended it. */
  readonly end: Promise<void>
  #identity: ReturnType<typeof loadIdentity> | undefined

  constructor(options: SensorOptions) {
    this.#options = options
    this.end = new Promise((done, fail) => {
      this.#ended = (reason) => (reason === undefined ? done() : fail(reason))
    })
    this.end.catch(() => {})
  }

  /** Resolves when the first SYN can be answered. Throws with a message for the operator. */
  async start(): Promise<void> {
    const { config, log, home } = this.#options
    if (config.mode === 'shared') await this.#refuseLockOut()
    this.#control = await takeState(config.state, () => this.status())
    this.#identity = loadIdentity(
      config.state,
      config.persona,
      config.environment,
      randomBytes,
      wallClock(),
    )
    const ready = this.#startThread(this.#identity)
    this.#outbox = new Outbox({
      directory: config.state,
      maxBytes: config.outbox.max_bytes,
      log,
      opened: (store, notice) => this.#use(store, notice),
      committed: () => this.#uplink?.nudge(),
    })
    await ready
    const { readRules } = await import('./behaviour/rule-files.ts')
    const rules = readRules(join(home, 'agent', 'behaviour', 'rules'))
    this.#thread?.tell({ kind: 'rules', rules })
    await this.#fence?.confirm()
    if (config.hub === undefined) log.warn('no hub is configured: events stay in the outbox')
    log.info(
      {
        interface: config.interface,
        mode: config.mode,
        address: config.address,
        doors: config.doors,
        persona: this.#identity.persona,
        link: config.link,
        ms: Math.round(monotonic()),
      },
      'sensor ready',
    )
  }

  async stop(): Promise<void> {
    const thread = this.#thread
    if (thread !== undefined) {
      const stopped = new Promise<void>((done) => {
        this.#stopped = done
      })
      thread.tell({ kind: 'stop' })
      await Promise.race([stopped, later(GRACE_MS)])
      await thread.close()
    }
    this.#outbox?.commit()
    await this.#uplink?.stop(GRACE_MS)
    await this.#fence?.close()
    await this.#control?.close()
    this.#outbox?.close()
    this.#ended(undefined)
  }

  async status(): Promise<Record<string, unknown>> {
    const thread = await this.#askThread()
    const { config } = this.#options
    return {
      sensor: config.name,
      since: new Date(this.#startedAt).toISOString(),
      interface: config.interface,
      mode: config.mode,
      address: config.address,
      doors: config.doors,
      persona: this.#identity?.persona,
      extra_ports: this.#identity?.extraPorts,
      outbox: this.#outbox?.store.status(),
      uplink: this.#uplink?.status(),
      commit_fault: this.#outbox?.fault,
      ...thread,
    }
  }

  #use(store: SqliteStore, notice: StoreNotice | undefined): void {
    if (notice !== undefined) {
      this.#options.log.error({ movedTo: notice.movedTo }, notice.message)
      this.#report(store, notice.message, { code: notice.code, moved_to: notice.movedTo })
    }
    void this.#uplink?.stop(0)
    this.#uplink = undefined
    void this.#startUplink(store)
  }

  /** The client library is large: loaded beside the packet thread, not before it. */
  async #startUplink(store: SqliteStore): Promise<void> {
    const { config, log } = this.#options
    if (config.hub === undefined) return
    const { createUplink } = await import('./uplink/mqtt-uplink.ts')
    if (this.#outbox?.store !== store) return
    this.#uplink = createUplink({
      url: config.hub,
      sensor: config.name,
      store,
      log,
      now: wallClock,
      random: () => randomBytes(4).readUInt32BE(0) / 2 ** 32,
    })
    this.#uplink.start()
  }

  #report(
    store: SqliteStore,
    message: string,
    health: Readonly<Record<string, number | string>>,
  ): void {
    const { config } = this.#options
    const persona = { id: this.#identity?.persona ?? '', identity: { id: '' } }
    const stamp = { sensor: config.name, id: ulid, now: wallClock, sha256: () => '' }
    const event = healthEvent(stamp, persona, message, health)
    store.append({ value: worthOf(event), json: JSON.stringify(event) })
  }

  async #startThread(identity: ReturnType<typeof loadIdentity>): Promise<void> {
    const { config } = this.#options
    const exemptPorts = config.mode === 'shared' ? await this.#putUpFence() : []
    const input: ThreadInput = {
      lane: undefined,
      config,
      persona: identity.persona,
      seed: identity.seed,
      extraPorts: identity.extraPorts,
      since: identity.since,
      exemptPorts,
    }
    const { thread } = this.#options
    this.#thread = thread
    return new Promise((ready, fail) => {
      const end = (fault: Error): void => {
        fail(fault)
        this.#ended(fault)
      }
      thread.open({
        hear: (message) => {
          if (message.kind === 'ready') ready()
          else if (message.kind === 'fault') end(new Error(message.message))
          else this.#hear(message)
        },
        failed: end,
        exited: () => {
          this.#thread = undefined
          this.#stopped?.()
        },
      })
      thread.tell({ kind: 'start', input })
    })
  }

  /** Before anything is changed. */
  async #refuseLockOut(): Promise<void> {
    const { config, sshConnection } = this.#options
    const { managementPortCovered } = await import('./link/fence.ts')
    if (!managementPortCovered(sshConnection, config.management_ports))
      throw new Fault([
        `your own session’s port ${sshConnection?.split(' ')[3]} is not among management_ports (${config.management_ports.join(', ')}): you would lock yourself out; add it with --management-ports`,
      ])
  }

  async #putUpFence(): Promise<ThreadInput['exemptPorts']> {
    const { config } = this.#options
    const { openFence, RESERVED_PORTS } = await import('./link/fence.ts')
    this.#fence = openFence({
      interface: config.interface,
      addresses: config.address.map((text) => addressText(prefix(text)?.address ?? 0)),
      managementPorts: config.management_ports,
    })
    await this.#fence.arm()
    return [
      ...config.management_ports.map((port) => [port, port] as const),
      [RESERVED_PORTS.from, RESERVED_PORTS.to],
    ]
  }

  #hear(message: FromThread): void {
    const { log } = this.#options
    if (message.kind === 'events') {
      const memory = message.lines.buffer
      this.#outbox?.append(message.lines)
      if (memory.byteLength === PAGE_BYTES) this.#thread?.tell({ kind: 'page', memory }, [memory])
    } else if (message.kind === 'draft') this.#outbox?.draft(message.key, message.event)
    else if (message.kind === 'status')
      for (const done of this.#threadStatus.splice(0)) done(message.status)
    else if (message.kind === 'failed')
      log.error(
        { flow: message.flow, protocol: message.protocol, error: message.error },
        'a service failed',
      )
    else if (message.kind === 'trouble') log.warn(message.message)
    else if (message.kind === 'stopped') this.#stopped?.()
  }

  #askThread(): Promise<ThreadStatus | undefined> {
    const thread = this.#thread
    if (thread === undefined) return Promise.resolve(undefined)
    const answer = new Promise<ThreadStatus>((done) => this.#threadStatus.push(done))
    thread.tell({ kind: 'status' })
    return Promise.race([answer, later(STATUS_MS)])
  }
}

const ulid = ulidFactory(randomFillSync)
const later = (ms: number): Promise<undefined> =>
  new Promise((done) => setTimeout(() => done(undefined), ms).unref())
