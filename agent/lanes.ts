/**
 * Several packet threads on one interface, seen as one. The kernel gives each its own sources, so a visitor
 * meets one of them only; what is bounded for the whole sensor is shared out among them.
 */
import { join } from 'node:path'
import { type Config, MAX_WORKERS } from './config.ts'
import { Fault } from './fault.ts'
import type { PacketListener, PacketThread } from './packets.ts'
import type { FromThread, ThreadInput, ThreadStatus, ToThread } from './thread-messages.ts'

/** `cores`: of the machine. `auto` leaves one to the main thread. Throws Fault. */
export function workersOf(config: Config, cores: number): number {
  const { workers, link } = config
  if (workers === 'auto') return link === 'pcap' ? 1 : Math.min(Math.max(cores - 1, 1), MAX_WORKERS)
  if (workers > 1 && link === 'pcap')
    throw new Fault([`workers: ${workers} need the ring; use link = "ring", or workers = 1`])
  return workers
}

/** At least two threads; the first begins the group and answers ARP. */
export const lanes = (threads: readonly PacketThread[]): PacketThread => new Lanes(threads)

class Lanes implements PacketThread {
  readonly #threads: readonly PacketThread[]
  #listener: PacketListener | undefined
  #input: ThreadInput | undefined
  #joined = 0
  #ready = 0
  #stopped = 0
  #exited = 0
  /** One list for each question that is not answered by all; answers come in the order of the questions. */
  readonly #statuses: ThreadStatus[][]

  constructor(threads: readonly PacketThread[]) {
    this.#threads = threads
    this.#statuses = threads.map(() => [])
  }

  open(listener: PacketListener): void {
    this.#listener = listener
    for (const [lane, thread] of this.#threads.entries())
      thread.open({
        hear: (message) => this.#hear(lane, message),
        failed: listener.failed,
        exited: () => {
          if (++this.#exited === this.#threads.length) listener.exited()
        },
      })
  }

  tell(message: ToThread): void {
    if (message.kind === 'start') {
      this.#input = message.input
      this.#start(0, undefined)
    } else this.#tellAll(message)
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  #hear(lane: number, message: FromThread): void {
    const all = this.#threads.length
    if (message.kind === 'joined') {
      this.#joined++
      // The order of joining is the order of the members: the first is known, the others are alike.
      if (lane === 0) for (let n = 1; n < all; n++) this.#start(n, message.group)
      if (this.#joined === all) this.#tellAll({ kind: 'go' })
    } else if (message.kind === 'ready') {
      if (++this.#ready === all) this.#listener?.hear(message)
    } else if (message.kind === 'stopped') {
      if (++this.#stopped === all) this.#listener?.hear(message)
    } else if (message.kind === 'status') {
      this.#statuses[lane]?.push(message.status)
      if (this.#statuses.some((answers) => answers.length === 0)) return
      const status = this.#statuses.flatMap((answers) => answers.shift() ?? []).reduce(sum)
      this.#listener?.hear({ kind: 'status', status })
    } else this.#listener?.hear(message)
  }

  #start(lane: number, group: number | undefined): void {
    const of = this.#threads.length
    const input = this.#input
    if (input === undefined) return
    const config = shareOf(input.config, lane, of)
    this.#threads[lane]?.tell({ kind: 'start', input: { ...input, config, lane: { of, group } } })
  }

  #tellAll(message: ToThread): void {
    for (const thread of this.#threads) thread.tell(message)
  }
}

/** What lane `lane` of `of` may have of what is bounded for the sensor: at least one of each. */
export function shareOf(config: Config, lane: number, of: number): Config {
  const part = (whole: number): number => Math.floor(whole / of) + (lane < whole % of ? 1 : 0)
  const { budgets, flow, record } = config
  return {
    ...config,
    budgets: { ...budgets, gates_per_identity: part(budgets.gates_per_identity) },
    flow: { ...flow, max: Math.max(part(flow.max), 1) },
    record: record && {
      ...record,
      directory: lane === 0 ? record.directory : join(record.directory, `worker-${lane + 1}`),
      files: Math.max(part(record.files), 1),
    },
  }
}

const sum = (a: ThreadStatus, b: ThreadStatus): ThreadStatus => ({
  stack: added(a.stack, b.stack),
  udp: added(a.udp, b.udp),
  link: added(a.link, b.link),
  machines: a.machines,
  flows: a.flows + b.flows,
  failures: a.failures + b.failures,
  recordLost: a.recordLost + b.recordLost,
  unjudged: a.unjudged + b.unjudged,
})

type Counters = Readonly<Record<string, number>>
const added = (a: Counters, b: Counters): Counters =>
  Object.fromEntries(Object.entries(a).map(([name, count]) => [name, count + (b[name] ?? 0)]))
