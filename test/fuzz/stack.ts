/** Frames by chance through a Stack, and what must hold after each of them. */
import {
  Connection,
  MAX_QUEUE_BYTES,
  MAX_RECEIVE_WINDOW_BYTES,
} from '../../agent/stack/connection.ts'
import type { DoorMode } from '../../agent/stack/doors.ts'
import type { Flow } from '../../agent/stack/flow.ts'
import { Stack } from '../../agent/stack/stack.ts'
import type { StackStats } from '../../agent/stack/stats.ts'
import { pseudoHeader } from '../../agent/wire/checksum.ts'
import * as ethernet from '../../agent/wire/ethernet.ts'
import * as ipv4 from '../../agent/wire/ipv4.ts'
import * as tcp from '../../agent/wire/tcp.ts'
import { LOCAL, options, persona, seeded, TestLink, TestWorld } from '../agent/stack/world.ts'
import { Inputs, type Random } from './inputs.ts'

const MAX_FLOWS = 48
/** In turn; low, so that chance gets there. */
const MAX_HELD_BYTES = [6_000, 200_000]
const MTU = 1500
const TOTAL_MS = 100_000
const MODES: readonly DoorMode[] = ['gated', 'all', 'strict']
const KINDS = ['linux', 'windows', 'dvr']
/** Runs on one stack before the next one is made. */
const RUNS_A_STACK = 4000

export type Found = {
  readonly runs: number
  readonly sent: number
  readonly endings: Readonly<Record<string, number>>
  readonly stats: Readonly<Record<string, number>>
}

/** Throws at the first broken promise, with the run's number. */
export function fuzzStack(runs: number, seed: number, corpus: readonly Uint8Array[]): Found {
  const total = new Map<string, number>()
  const endings = new Map<string, number>()
  let sent = 0
  for (let done = 0, round = 0; done < runs; done += RUNS_A_STACK, round++) {
    const trial = new Trial(seed + round, round, corpus)
    const count = Math.min(RUNS_A_STACK, runs - done)
    for (let i = 0; i < count; i++)
      try {
        trial.step()
      } catch (error) {
        throw new Error(`run ${done + i}, seed ${seed}: ${(error as Error).message}`, {
          cause: error,
        })
      }
    trial.finish()
    sent += trial.sent
    for (const [name, value] of Object.entries(trial.stack.stats))
      total.set(name, (total.get(name) ?? 0) + value)
    for (const { ending } of trial.flows) {
      const name = ending ?? 'none'
      endings.set(name, (endings.get(name) ?? 0) + 1)
    }
  }
  return { runs, sent, endings: Object.fromEntries(endings), stats: Object.fromEntries(total) }
}

/** Every frame is one thing; a datagram made whole is one more. */
export function balance(s: StackStats): number {
  const dropped =
    s.malformed + s.badChecksum + s.martian + s.notOurs + s.otherMac + s.exempt + s.otherProtocol
  return (
    s.frames +
    s.reassembled -
    dropped -
    s.arp -
    s.icmp -
    s.fragments -
    s.syns -
    s.strays -
    s.segments
  )
}

class Trial {
  readonly stack: Stack
  readonly flows: Flow[] = []
  sent = 0
  readonly #random: Random
  readonly #inputs: Inputs
  readonly #link: TestLink
  readonly #ip = ipv4.blankIpv4()
  readonly #segment = tcp.blankTcp()
  readonly #maxHeldBytes: number
  #now = 1000

  constructor(seed: number, round: number, corpus: readonly Uint8Array[]) {
    this.#maxHeldBytes = MAX_HELD_BYTES[round % MAX_HELD_BYTES.length] as number
    this.#random = seeded(Math.imul(seed, 0x9e3779b1))
    this.#inputs = new Inputs(this.#random, corpus)
    const world = new TestWorld(persona(KINDS[round % KINDS.length]))
    world.onAccept = (flow) => this.#serve(flow)
    this.#link = new TestLink((frame, length) => this.#check(frame, length), MTU)
    const { flows } = options()
    this.stack = new Stack(
      this.#link,
      world,
      options({
        doors: MODES[round % MODES.length] as DoorMode,
        exempt: (port) => port === 60_001,
        flows: {
          ...flows,
          idleMs: 20_000,
          totalMs: TOTAL_MS,
          maxBytes: 100_000,
          maxFlows: MAX_FLOWS,
          maxHeldBytes: this.#maxHeldBytes,
          trusting: round % 5 === 4,
        },
      }),
      this.#now,
    )
  }

  step(): void {
    const random = this.#random
    this.#link.full = random(40) === 0
    for (const frame of this.#inputs.next()) {
      const bytes = random(3) === 0 ? this.#inputs.mutate(frame) : frame
      const offset = random(7)
      const padded = new Uint8Array(bytes.length + offset + random(9)).fill(0xa5)
      padded.set(bytes, offset)
      this.stack.receive(padded, offset, bytes.length, random(2) === 0, this.#now)
      padded.fill(0x5a)
    }
    if (random(3) > 0) {
      this.stack.flush(this.#now)
      this.#heldAddsUp()
    }
    const flow =
      this.flows[this.flows.length - 1 - random(Math.min(this.flows.length, MAX_FLOWS) || 1)]
    if (flow !== undefined && random(10) === 0) this.#act(flow)
    this.#now += random(4) > 0 ? random(20) : random(50) > 0 ? random(500) : random(30_000)
    if (this.stack.nextTick <= this.#now) this.stack.tick(this.#now)
    this.#bounded()
  }

  /** Time passes and nobody comes: nothing is left. */
  finish(): void {
    this.#link.full = false
    for (const end = this.#now + 2 * TOTAL_MS; this.#now < end; ) {
      this.#now = Math.min(Math.max(this.stack.nextTick, this.#now + 1), end)
      this.stack.tick(this.#now)
    }
    if (this.stack.flows !== 0) throw new Error(`${this.stack.flows} flows stay for ever`)
    if (this.stack.heldBytes !== 0) throw new Error(`${this.stack.heldBytes} bytes stay counted`)
    if (this.stack.nextTick !== Number.POSITIVE_INFINITY) throw new Error('a timer stays armed')
    const open = this.flows.filter((flow) => flow.ending === undefined)
    if (open.length > 0) throw new Error(`${open.length} flows never ended`)
  }

  /** What the stack counts is what its flows hold, and no more than they may. */
  #heldAddsUp(): void {
    let held = 0
    for (const flow of this.flows) if (flow instanceof Connection) held += flow.held
    const { heldBytes } = this.stack
    if (heldBytes !== held) throw new Error(`${heldBytes} bytes are counted, ${held} are held`)
    if (held > this.#maxHeldBytes) throw new Error(`${held} bytes are held`)
  }

  #bounded(): void {
    if (this.stack.flows > MAX_FLOWS) throw new Error(`${this.stack.flows} flows`)
    const rest = balance(this.stack.stats) - this.stack.udp.stats.datagrams
    if (rest !== 0) throw new Error(`counters differ by ${rest}`)
    for (const flow of this.flows.slice(-MAX_FLOWS)) {
      if (!(flow instanceof Connection)) continue
      if (flow.unread > MAX_RECEIVE_WINDOW_BYTES) throw new Error(`${flow.unread} bytes unread`)
      if ((flow.queue?.length ?? 0) > MAX_QUEUE_BYTES) throw new Error('queue too long')
    }
  }

  #serve(flow: Flow): void {
    this.flows.push(flow)
    const told = { ended: 0 }
    const manner = this.#random(4)
    flow.onActivity = () => {
      if (flow.ending !== undefined && ++told.ended > 5)
        throw new Error('told of the end again and again')
      if (manner === 0) flow.write(flow.take() ?? Buffer.alloc(0))
      else if (manner === 1) this.#act(flow)
      else if (manner === 2) flow.take()
      if (flow.ended && this.#random(2) === 0) flow.end()
    }
    if (this.#random(4) === 0) this.#act(flow)
  }

  #act(flow: Flow): void {
    const dice = this.#random(12)
    if (dice < 4) flow.take()
    else if (dice < 9) flow.write(new Uint8Array(this.#random(5000)))
    else if (dice < 10) flow.end()
    else if (dice < 11) {
      flow.wait(() => void flow.take())
      flow.drained(() => void flow.write(new Uint8Array(10)))
    } else flow.reset()
    if (!/^[0-9a-f]{16}$/.test(flow.id)) throw new Error(`id ${flow.id}`)
    if (!/^(mss \d+)?$/.test(flow.signature)) throw new Error(`signature ${flow.signature}`)
  }

  /** Whatever comes in: what goes out is right. */
  #check(frame: Uint8Array, length: number): void {
    this.sent++
    if (length > MTU + ethernet.HEADER_BYTES) throw new Error(`a frame of ${length} bytes`)
    const type = (frame[12] as number) * 256 + (frame[13] as number)
    if (type === ethernet.ARP) return
    const ip = this.#ip
    const at = ethernet.HEADER_BYTES
    if (!ipv4.parse(frame, at, length - at, ip)) throw new Error('sent a malformed packet')
    if (ip.totalBytes !== length - at || ip.source !== LOCAL) throw new Error('sent an odd packet')
    if (ip.protocol !== ipv4.TCP) return
    const s = this.#segment
    if (
      !tcp.verify(
        frame,
        ip.payload,
        ip.payloadBytes,
        pseudoHeader(ip.source, ip.destination, ipv4.TCP, 0),
      )
    )
      throw new Error('sent a bad checksum')
    if (!tcp.parse(frame, ip.payload, ip.payloadBytes, s)) throw new Error('sent a bad segment')
    this.#inputs.heard(s)
  }
}
