/**
 * What a packet costs the stack alone: nanoseconds of CPU and bytes of garbage, on a link that only writes
 * into its buffer. `node test/bench/stack.ts` starts itself again with room for the garbage of a batch.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Flow } from '../../agent/stack/flow.ts'
import { Stack } from '../../agent/stack/stack.ts'
import * as tcp from '../../agent/wire/tcp.ts'
import { tcpFrame } from '../agent/stack/frames.ts'
import { options, persona, TestLink, TestWorld } from '../agent/stack/world.ts'

const FLAGS = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256']
const FRAMES = 4096
const LINUX = 'mss 1460,sok,ts 100 0,nop,ws 7'
const TCP_AT = 34
const DATA = new Uint8Array(64).fill(65)

class Bench {
  readonly #link = new TestLink((frame) => {
    this.#isn =
      ((frame[38] as number) << 24) |
      ((frame[39] as number) << 16) |
      ((frame[40] as number) << 8) |
      (frame[41] as number)
    this.sent++
  })
  readonly #stack: Stack
  #isn = 0
  #now = 1000
  sent = 0

  constructor(doors: 'all' | 'gated', answer: boolean) {
    const world = new TestWorld(persona())
    world.syn = () => 0
    world.onAccept = (flow) => {
      flow.onActivity = () => serve(flow, answer)
    }
    const limits = { ...options().flows, timeWaitMs: 1, maxFlows: 10_000 }
    this.#stack = new Stack(this.#link, world, options({ doors, flows: limits }), this.#now)
  }

  syns(frames: readonly Uint8Array[], count: number): void {
    for (let i = 0; i < count; i++) {
      const frame = frames[i & (FRAMES - 1)] as Uint8Array
      this.#stack.receive(frame, 0, frame.length, true, this.#now)
      if ((i & 63) === 0) this.#turn()
    }
  }

  /** SYN, ACK, data, FIN, the last ACK; the sums are not verified, as on veth. */
  sessions(count: number): void {
    const [syn, ack, data, fin, last] = SESSION
    for (let i = 0; i < count; i++) {
      const port = 1024 + (i % 50_000)
      this.#send(syn, port, 0)
      const isn = this.#isn
      this.#send(ack, port, isn + 1)
      this.#send(data, port, isn + 1)
      this.#stack.flush(this.#now)
      this.#send(fin, port, this.#isn)
      this.#stack.flush(this.#now)
      this.#send(last, port, (this.#isn + 1) | 0)
      if ((i & 15) === 0) this.#turn()
    }
    this.#turn()
    if (this.#stack.flows > 0) throw new Error(`${this.#stack.flows} flows are left`)
  }

  #send(frame: Uint8Array, port: number, acknowledgment: number): void {
    frame[TCP_AT] = port >>> 8
    frame[TCP_AT + 1] = port
    frame[TCP_AT + 8] = acknowledgment >>> 24
    frame[TCP_AT + 9] = acknowledgment >>> 16
    frame[TCP_AT + 10] = acknowledgment >>> 8
    frame[TCP_AT + 11] = acknowledgment
    this.#stack.receive(frame, 0, frame.length, false, this.#now)
  }

  #turn(): void {
    this.#now++
    this.#stack.flush(this.#now)
    if (this.#stack.nextTick <= this.#now) this.#stack.tick(this.#now)
  }
}

function serve(flow: Flow, answer: boolean): void {
  const bytes = flow.take()
  if (bytes !== undefined && answer) flow.write(DATA)
  if (flow.ended) flow.end()
}

const segment = (flags: number, sequence: number, payload = 0, text = ''): Uint8Array =>
  tcpFrame({
    sourcePort: 1,
    destinationPort: 80,
    sequence,
    flags,
    options: text,
    payload: DATA.subarray(0, payload),
  })
const SESSION = [
  segment(tcp.SYN, 1000, 0, 'mss 1460,nop,ws 7,nop,nop,sok'),
  segment(tcp.ACK, 1001),
  segment(tcp.ACK | tcp.PSH, 1001, 64),
  segment(tcp.ACK | tcp.FIN, 1065),
  segment(tcp.ACK, 1066),
] as const

function measure(name: string, work: (count: number) => void, count: number): void {
  work(count)
  work(count)
  const times = Array.from({ length: 5 }, () => {
    globalThis.gc?.()
    // CPU time, not the wall's: the machine may have other work. Garbage collection in other threads counts.
    const start = process.cpuUsage()
    work(count)
    const { user, system } = process.cpuUsage(start)
    return ((user + system) * 1000) / count
  }).sort((a, b) => a - b)
  // Twice: the first call to memoryUsage allocates too.
  process.memoryUsage()
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  work(count)
  const bytes = (process.memoryUsage().heapUsed - before) / count
  console.log(
    `${name.padEnd(42)} ${Math.round(times[0] as number)} ns (median ${Math.round(times[2] as number)}), ${bytes.toFixed(1)} bytes of garbage`,
  )
}

if (globalThis.gc === undefined) {
  const file = fileURLToPath(import.meta.url)
  spawnSync(process.execPath, [...FLAGS, ...process.execArgv, file], { stdio: 'inherit' })
} else {
  const syns = (text: string, local: (i: number) => number): Uint8Array[] =>
    Array.from({ length: FRAMES }, (_, i) =>
      tcpFrame({
        source: (0x0a000000 + i * 77) | 0,
        sourcePort: 1024 + i,
        destinationPort: local(i),
        sequence: i * 12_345,
        flags: tcp.SYN,
        options: text,
      }),
    )
  const sweep = syns(LINUX, (i) => 1 + i * 13)
  const open = syns(LINUX, () => 80)
  const bare = syns('mss 1460', (i) => 1 + i * 13)
  const all = new Bench('all', true)
  const gated = new Bench('gated', true)
  measure('SYN answered (all doors, every option)', (n) => all.syns(sweep, n), 200_000)
  measure('SYN answered (all doors, MSS only)', (n) => all.syns(bare, n), 200_000)
  measure("SYN answered (gated, the persona's port)", (n) => gated.syns(open, n), 200_000)
  measure('SYN noted and not answered (gated)', (n) => gated.syns(sweep, n), 200_000)
  const talking = new Bench('gated', true)
  const silent = new Bench('gated', false)
  measure('session: 5 frames in, data answered', (n) => talking.sessions(n), 20_000)
  measure('session: 5 frames in, no answer', (n) => silent.sessions(n), 20_000)
}
