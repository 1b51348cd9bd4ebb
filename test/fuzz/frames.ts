/** Mutated frames by the million through stacks that live as long as the run: nothing throws, nothing grows, all is counted. */
import type { DoorMode } from '../../agent/stack/doors.ts'
import type { Flow } from '../../agent/stack/flow.ts'
import { Names } from '../../agent/stack/names6.ts'
import { Stack } from '../../agent/stack/stack.ts'
import { fold, pseudoHeader, pseudoHeader6At, sum } from '../../agent/wire/checksum.ts'
import * as ethernet from '../../agent/wire/ethernet.ts'
import { i32, u16 } from '../../agent/wire/integers.ts'
import * as ipv4 from '../../agent/wire/ipv4.ts'
import * as ipv6 from '../../agent/wire/ipv6.ts'
import { LOCAL, options, persona, seeded, TestLink, TestWorld } from '../agent/stack/world.ts'
import type { Random } from './inputs.ts'
import { Mutator } from './mutator.ts'
import { LOCAL6, seeds, UDP_PORT } from './seeds.ts'
import { balance } from './stack.ts'

const MTU = 1500
const MAX_FLOWS = 256
/** Frames that one stack gets before the next has its turn. */
const TURN = 4096
const BATCH = 16
const KEPT_FLOWS = 64
const ENDS: readonly (readonly [kind: string, doors: DoorMode])[] = [
  ['linux', 'gated'],
  ['windows', 'all'],
  ['dvr', 'strict'],
  ['delayed', 'all'],
]

export type Fuzzed = { readonly sent: number; readonly stats: Readonly<Record<string, number>> }

/** `sample` is called after each hundredth of the run. Throws at the first broken promise. */
export function fuzzFrames(
  frames: number,
  seed: number,
  corpus: readonly Uint8Array[],
  sample: (done: number) => void,
): Fuzzed {
  const all = seeds(corpus)
  const ends = ENDS.map(([kind, doors], n) => new End(kind, doors, all, seed + n))
  const every = Math.max(Math.floor(frames / 100), TURN)
  let sampled = 0
  for (let done = 0; done < frames; ) {
    const end = ends[(done / TURN) % ends.length] as End
    const count = Math.min(TURN, frames - done)
    try {
      end.run(count)
    } catch (error) {
      throw new Error(
        `frames ${done} to ${done + count}, seed ${seed}: ${(error as Error).message}`,
        {
          cause: error,
        },
      )
    }
    done += count
    if (done - sampled < every && done < frames) continue
    sampled = done
    sample(done)
  }
  for (const end of ends) end.finish()
  const stats: Record<string, number> = {}
  for (const { stack } of ends)
    for (const [name, value] of [
      ...Object.entries(stack.stats),
      ...Object.entries(stack.udp.stats).map(([name, value]) => [`udp ${name}`, value] as const),
    ])
      stats[name] = (stats[name] ?? 0) + value
  return { sent: ends.reduce((total, { sent }) => total + sent, 0), stats }
}

class End {
  readonly stack: Stack
  sent = 0
  readonly #random: Random
  readonly #mutator: Mutator
  readonly #flows: Flow[] = []
  #now = 1000

  constructor(kind: string, doors: DoorMode, all: readonly Uint8Array[], seed: number) {
    const random = seeded(Math.imul(seed, 0x9e3779b1))
    this.#random = random
    this.#mutator = new Mutator(random, all)
    const names = new Names(new Uint8Array(8))
    const who = persona(kind)
    const resident = { ...who, datagramResident: () => undefined, door: doorOf(who.door) }
    const world = new TestWorld(resident)
    world.personas.set(names.nameOf(LOCAL6), resident)
    world.syn = () => 1
    world.onAccept = (flow) => this.#serve(flow)
    const link = new TestLink((frame, length) => this.#check(frame, length), MTU)
    const { flows } = options()
    this.stack = new Stack(
      link,
      world,
      options({
        doors,
        names,
        exempt: (port) => port === 60_001,
        datagrams: {
          datagram: (flow, payload) => void flow.reply(payload.subarray(0, random(payload.length))),
          datagramsEnded: (flow) => named(flow.id, flow.remote.address, flow.local.address),
        },
        flows: {
          ...flows,
          idleMs: 20_000,
          totalMs: 100_000,
          maxBytes: 100_000,
          maxFlows: MAX_FLOWS,
          maxHeldBytes: 400_000,
        },
      }),
      this.#now,
    )
    this.stack.join(LOCAL)
    this.stack.join6(LOCAL6)
    this.stack.settle6(LOCAL6)
  }

  run(count: number): void {
    const random = this.#random
    const { stack } = this
    const mutator = this.#mutator
    for (let i = 0; i < count; i++) {
      mutator.next()
      stack.receive(mutator.bytes, mutator.offset, mutator.length, mutator.checksums, this.#now)
      if (i % BATCH > 0) continue
      stack.flush(this.#now)
      const flow = this.#flows[random(KEPT_FLOWS)]
      if (flow !== undefined && random(3) === 0) this.#act(flow)
      this.#now += random(200) > 0 ? random(20) : random(30_000)
      if (stack.nextTick <= this.#now) stack.tick(this.#now)
    }
    stack.udp.expire(this.#now)
    const rest = balance(stack.stats) - stack.udp.stats.datagrams
    if (rest !== 0) throw new Error(`counters differ by ${rest}`)
    if (stack.flows > MAX_FLOWS) throw new Error(`${stack.flows} flows`)
  }

  finish(): void {
    this.stack.closeAll()
    this.stack.udp.closeAll(this.#now)
    if (this.stack.flows !== 0) throw new Error(`${this.stack.flows} flows stay for ever`)
    if (this.stack.heldBytes !== 0) throw new Error(`${this.stack.heldBytes} bytes stay counted`)
  }

  #serve(flow: Flow): void {
    const random = this.#random
    this.#flows[random(KEPT_FLOWS)] = flow
    const manner = random(4)
    flow.onActivity = () => {
      if (manner === 0) flow.write(flow.take() ?? Buffer.alloc(0))
      else if (manner === 1) this.#act(flow)
      else if (manner === 2) flow.take()
      if (flow.ended && random(2) === 0) flow.end()
    }
    if (random(4) === 0) this.#act(flow)
  }

  #act(flow: Flow): void {
    const dice = this.#random(12)
    if (dice < 4) flow.take()
    else if (dice < 9) flow.write(WRITTEN.subarray(0, this.#random(WRITTEN.length)))
    else if (dice < 10) flow.end()
    else if (dice < 11) flow.wait(() => void flow.take())
    else flow.reset()
    named(flow.id, flow.remote.address, flow.local.address)
    if (!/^(mss \d+)?$/.test(flow.signature)) throw new Error(`signature ${flow.signature}`)
    if (!/^(scanner 1)?$/.test(flow.scanner)) throw new Error(`scanner ${flow.scanner}`)
  }

  /** Whatever comes in: what goes out is right. */
  #check(frame: Uint8Array, length: number): void {
    this.sent++
    if (length > MTU + ethernet.HEADER_BYTES) throw new Error(`a frame of ${length} bytes`)
    const type = u16(frame, 12)
    if (type === ethernet.ARP) return
    const ip = ethernet.HEADER_BYTES
    const four = type === ethernet.IPV4
    const header = four ? ((frame[ip] as number) & 15) * 4 : ipv6.HEADER_BYTES
    const at = ip + header
    const rest = length - at
    if (!four && type !== ethernet.IPV6) throw new Error(`sent type ${type}`)
    if ((four ? u16(frame, ip + 2) - header : u16(frame, ip + 4)) !== rest)
      throw new Error('sent a length that is not its own')
    if (four && fold(sum(frame, ip, header, 0)) !== 0) throw new Error('sent a bad header checksum')
    if (frame[four ? ip + 9 : ip + 6] !== ipv4.TCP) return
    const seed = four
      ? pseudoHeader(i32(frame, ip + 12), i32(frame, ip + 16), ipv4.TCP, rest)
      : pseudoHeader6At(frame, ip + ipv6.SOURCE_AT, ipv4.TCP, rest)
    if (fold(sum(frame, at, rest, seed)) !== 0) throw new Error('sent a bad checksum')
    const payload = rest - ((frame[at + 12] as number) >>> 4) * 4
    this.#mutator.heard(frame, at, i32(frame, at - 4), payload)
  }
}

function named(id: string, ...addresses: readonly string[]): void {
  if (!/^[0-9a-f]{16}$/.test(id)) throw new Error(`id ${id}`)
  for (const text of addresses)
    if (!/^[0-9a-f:.]{2,39}$/.test(text)) throw new Error(`address ${text}`)
}

const WRITTEN = new Uint8Array(5000).fill(87)

type DoorOf = ReturnType<typeof persona>['door']
/** The persona's TCP ports, and one of UDP. */
const doorOf =
  (door: DoorOf): DoorOf =>
  (transport, port) =>
    transport === 'tcp'
      ? door(transport, port)
      : port === UDP_PORT
        ? 'open'
        : port === 113
          ? 'closed'
          : 'silent'
