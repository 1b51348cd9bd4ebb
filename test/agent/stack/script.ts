/**
 * A little language in packetdrill's manner (its documentation, not its code), on a virtual clock.
 *
 *   +T < FLAGS SEQ:END(LEN) [ack N] [win N] [<options>] [| A-B C-D]   a visitor's segment (| as fragments)
 *   +T > FLAGS SEQ:END(LEN) [ack N] [win N] [<options>]               exactly this comes out, T seconds on
 *   +T nothing | write N | read N | close | reset | ended REASON | alive | eof | flows N | count STAT N
 *   +T held N | total N                                               bytes of all flows, of the last SYN's datagram
 *   +T < icmp|arp …                                                   see `exchange`
 *   established [WIN] [MSS]                                       SYN, SYN-ACK and ACK, without options but the MSS
 *   visitor ADDRESS PORT | port N | forget | persona KIND | doors MODE | limit NAME N | sum bad|none|good | df no
 *   link none|MAC | to own|MAC                                        hardware addresses: the link's, of what follows
 *
 * Sequence numbers count from each side's SYN. Data are a pattern by position, checked both ways.
 */
import type { Flow } from '../../../agent/stack/flow.ts'
import { MAX_HELD_BYTES } from '../../../agent/stack/held.ts'
import { Stack } from '../../../agent/stack/stack.ts'
import { seal } from '../../../agent/wire/icmp.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import { frameText, pattern, VISITOR_ISN } from './frame-text.ts'
import { arpFrame, flagsOf, ipFrame, segment } from './frames.ts'
import { address, LOCAL, LOCAL_MAC, options, persona, TestLink, TestWorld } from './world.ts'

/** A wheel slot and the rounding of both ends, in ms. */
const TOLERANCE_MS = 32

type Sent = { readonly text: string; readonly at: number }

export class ScriptError extends Error {
  override readonly name = 'ScriptError'
}

/** Throws ScriptError naming the line that failed. */
export function run(script: string): void {
  const lines = script.split('\n').map((line) => line.replace(/#.*/, '').trim())
  const settings = new Map<string, string>()
  for (const line of lines) {
    const match = /^(persona|doors|limit \w+|gateway|mode|link) (\S+)$/.exec(line)
    if (match !== null) settings.set(match[1] as string, match[2] as string)
  }
  const play = new Play(settings)
  lines.forEach((line, index) => {
    if (line === '') return
    try {
      play.line(line)
    } catch (error) {
      throw new ScriptError(`line ${index + 1}: ${line}\n  ${(error as Error).message}`)
    }
  })
  play.end()
}

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`is ${String(actual)}`)
}

function hardwareAddress(text: string): Uint8Array {
  if (text === 'own') return LOCAL_MAC
  if (text === 'none') return new Uint8Array(6)
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text)) throw new ScriptError(`no address: ${text}`)
  return Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16))
}

class Play {
  readonly #world: TestWorld
  readonly #stack: Stack
  readonly #sent: Sent[] = []
  /** First sequence number of the stack's side, by the visitor's end. */
  readonly #isns = new Map<string, number>()
  readonly #taken = new Map<Flow, number>()
  readonly #written = new Map<Flow, number>()
  #now = 1000
  #source = address('192.0.2.7')
  #sourcePort = 40_000
  #port = 80
  #sum = 'good'
  #df = true
  /** Undefined: as the frame was made, to us or, if it is an ARP request, to all. */
  #to: Uint8Array | undefined
  #settings: ReadonlyMap<string, string>

  constructor(settings: ReadonlyMap<string, string>) {
    this.#settings = settings
    const limit = (name: string, otherwise: number): number =>
      Number(settings.get(`limit ${name}`) ?? otherwise)
    this.#world = new TestWorld(persona(settings.get('persona') ?? 'linux'))
    const doors = settings.get('doors') ?? 'gated'
    const { flows } = options()
    this.#stack = new Stack(
      new TestLink(
        (frame, length) => this.#out(frame, length),
        undefined,
        hardwareAddress(settings.get('link') ?? 'own'),
      ),
      this.#world,
      options({
        doors: doors === 'all' || doors === 'strict' ? doors : 'gated',
        ownAddress: settings.get('mode') !== 'shared',
        gateway: settings.has('gateway') ? address(settings.get('gateway') as string) : undefined,
        flows: {
          ...flows,
          idleMs: limit('idle', flows.idleMs),
          totalMs: limit('total', flows.totalMs),
          maxBytes: limit('bytes', flows.maxBytes),
          timeWaitMs: limit('timewait', flows.timeWaitMs),
          maxFlows: limit('flows', flows.maxFlows),
          maxHeldBytes: limit('held', MAX_HELD_BYTES),
        },
      }),
      this.#now,
    )
  }

  end(): void {
    if (this.#sent.length > 0)
      throw new ScriptError(`at the end: unexpected ${this.#sent[0]?.text}`)
  }

  line(line: string): void {
    const timed = /^\+([\d.]+) (.*)$/.exec(line)
    if (timed === null) this.#directive(line)
    else {
      const after = Math.round(Number(timed[1]) * 1000)
      const what = timed[2] as string
      if (what.startsWith('> ')) this.#expect(what.slice(2), after)
      else {
        this.#advance(this.#now + after)
        this.#quiet()
        if (what.startsWith('< ')) this.#inject(what.slice(2))
        else this.#command(what)
      }
    }
  }

  #directive(line: string): void {
    const words = line.split(' ')
    const [first, a = '', b = ''] = words
    if (this.#settings.has(words.slice(0, -1).join(' '))) return
    if (first === 'visitor') {
      this.#source = address(a)
      this.#sourcePort = Number(b)
    } else if (first === 'port') this.#port = Number(a)
    else if (first === 'forget') this.#isns.delete(this.#key())
    else if (first === 'sum') this.#sum = a
    else if (first === 'df') this.#df = a !== 'no'
    else if (first === 'to') this.#to = hardwareAddress(a)
    else if (first === 'established') this.#establish(Number(a || 64_240), Number(b || 1460))
    else throw new Error('no such directive')
  }

  #establish(window: number, mss: number): void {
    this.#inject(`S 0:0(0) win 64240 <mss ${mss}>`)
    if (this.#sent.shift()?.text.startsWith('S. 0:0(0) ack 1 ') !== true)
      throw new Error('no SYN-ACK')
    this.#inject(`. 1:1(0) ack 1 win ${window}`)
  }

  #advance(until: number): void {
    for (;;) {
      const next = Math.max(this.#stack.nextTick, this.#now)
      if (next > until) break
      this.#now = next
      this.#stack.tick(next)
      // A deadline of now must be past after the tick, or the clock would stand still.
      if (this.#stack.nextTick <= next) throw new Error('nextTick does not move')
    }
    this.#now = until
  }

  #quiet(): void {
    if (this.#sent.length > 0) throw new Error(`unexpected ${this.#sent[0]?.text}`)
  }

  #key(): string {
    return `${this.#source}:${this.#sourcePort}>${this.#port}`
  }

  #expect(expected: string, after: number): void {
    const due = this.#now + after
    if (this.#sent.length === 0) this.#advance(due + TOLERANCE_MS)
    const sent = this.#sent.shift()
    if (sent === undefined) throw new Error('nothing came')
    if (Math.abs(sent.at - due) > TOLERANCE_MS)
      throw new Error(`came ${sent.at - due} ms off: ${sent.text}`)
    this.#now = Math.max(sent.at, due)
    const wanted = expected.replace(/ +/g, ' ')
    const seen = wanted.includes(' win ') ? sent.text : sent.text.replace(/ win \d+/, '')
    const wild = (text: string): string => text.replace(/ts -?\d+ (\S+?)([,>])/, 'ts * $1$2')
    if (wanted !== (wanted.includes('ts *') ? wild(seen) : seen)) throw new Error(`came: ${seen}`)
  }

  #command(text: string): void {
    const [verb, a = '', b = ''] = text.split(' ')
    if (verb === 'nothing') {
      // `line` has seen to it.
    } else if (verb === 'flows') equal(this.#stack.flows, Number(a))
    else if (verb === 'accepted') equal(this.#world.flows.length, Number(a))
    else if (verb === 'count') equal(new Map(Object.entries(this.#stack.stats)).get(a), Number(b))
    else if (verb === 'held') equal(this.#stack.heldBytes, Number(a))
    else if (verb === 'total') equal(this.#world.lastTotalBytes, Number(a))
    else if (verb === 'shutdown') this.#stack.closeAll()
    else if (verb === 'join') this.#stack.join(LOCAL)
    else this.#flowCommand(verb, a, text)
    this.#stack.flush(this.#now)
  }

  #flowCommand(verb: string | undefined, a: string, text: string): void {
    const flow = this.#world.flows.at(-1)
    if (flow === undefined) throw new Error('no flow')
    if (verb === 'ended') equal(flow.ending, a)
    else if (verb === 'alive') equal(flow.ending, undefined)
    else if (verb === 'eof') equal(flow.ended, true)
    else if (verb === 'door') equal(flow.door, a)
    else if (verb === 'signature') equal(flow.signature, text.slice(10))
    else if (verb === 'close') flow.end()
    else if (verb === 'reset') flow.reset()
    else if (verb === 'write') {
      const from = this.#written.get(flow) ?? 0
      this.#written.set(flow, from + Number(a))
      flow.write(pattern(from, Number(a)))
    } else if (verb === 'read') {
      const bytes = flow.take() ?? Buffer.alloc(0)
      const from = this.#taken.get(flow) ?? 0
      this.#taken.set(flow, from + bytes.length)
      equal(bytes.length, Number(a))
      if (!bytes.equals(pattern(from, bytes.length))) throw new Error('other bytes')
    } else throw new Error('no such command')
  }

  #inject(text: string): void {
    for (const frame of this.#frames(text)) {
      if (this.#sum === 'bad' || this.#sum === 'none') frame.set([(frame[51] as number) ^ 1], 51)
      if (this.#to !== undefined) frame.set(this.#to)
      this.#stack.receive(frame, 0, frame.length, this.#sum !== 'none', this.#now)
    }
    this.#stack.flush(this.#now)
  }

  #frames(text: string): Uint8Array[] {
    const source = this.#source
    const words = text.split(' ')
    if (words[0] === 'icmp') {
      const message = new Uint8Array(8 + Number(words[2]))
      message.set(pattern(0, message.length))
      seal(message, 0, words[1] === 'echo' ? 8 : Number(words[1]), 0, message.length)
      return [ipFrame(ipv4.ICMP, message, { source })]
    }
    if (words[0] === 'udp') return [ipFrame(ipv4.UDP, new Uint8Array(8), { source })]
    if (words[0] === 'arp')
      return [arpFrame(address(words[1] as string), address(words[2] as string))]
    const match =
      /^(\S+) (-?\d+):-?\d+\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: <(.*?)>)?(?: \| (.+))?$/.exec(
        text,
      )
    if (match === null) throw new Error('cannot read it')
    const [, flags = '', sequence, length, ack, window, opts, pieces] = match
    const isn = this.#isns.get(this.#key()) ?? 0
    const spec = {
      source,
      sourcePort: this.#sourcePort,
      destinationPort: this.#port,
      sequence: (VISITOR_ISN + Number(sequence)) | 0,
      acknowledgment: ack === undefined ? 0 : (isn + Number(ack)) | 0,
      flags: flagsOf(flags),
      window: Number(window ?? 64_240),
      options: (opts ?? '').replaceAll('*', '0'),
      payload: pattern(Math.max(Number(sequence) - 1, 0), Number(length)),
    }
    const bytes = segment(spec)
    if (pieces === undefined) return [ipFrame(ipv4.TCP, bytes, { source, df: this.#df })]
    const ranges =
      pieces === 'each 8'
        ? Array.from({ length: Math.ceil(bytes.length / 8) }, (_, i) => [i * 8, i * 8 + 8])
        : pieces.split(' ').map((range) => range.split('-').map(Number))
    return ranges.map(([from = 0, to = 0]) =>
      ipFrame(ipv4.TCP, bytes.subarray(from, to), {
        source,
        id: 77,
        fragmentOffset: from,
        more: to < bytes.length,
      }),
    )
  }

  #out(frame: Uint8Array, length: number): void {
    this.#sent.push({ text: frameText(frame.subarray(0, length), this.#isns), at: this.#now })
  }
}
