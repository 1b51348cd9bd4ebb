/** Detectors that open connections with segments of their own. */
import { type Detector, faults, type Outcome, outcome, pause, skipped } from './detector.ts'
import type { RawVisitor } from './raw-visitor.ts'
import {
  ACK,
  FIN,
  type Heard,
  linuxOptions,
  optionBody,
  optionsOf,
  PSH,
  RST,
  SYN,
} from './segments.ts'

/** degreaser's SYN: MSS 1234, the other options as a kernel offers them (deception.md 1.2 row 4). */
const DEGREASER_MSS = 1234
const LEAST_WINDOW = 20
const SEGMENT_BYTES = 1000
const ACK_MS = 4000
const MSS_KIND = 2
const TIMESTAMPS_KIND = 8
/** Between two looks at the timestamp clock. */
const CLOCK_MS = 1500
const MAX_YEARS = 6
const YEAR_S = 31_557_600
/** Uptimes that end so near a full hour are constants of somebody's source. */
const ROUND_S = 2
const HOUR_S = 3600

const degreaser: Detector = {
  name: 'the sequence of degreaser: options or window, ACK of a window of data, FIN',
  async run({ visitor, address, ports }) {
    const told: string[] = []
    for (const port of ports) {
      const { verdict, why } = await degrease(visitor, address, port)
      if (verdict !== 'pass') told.push(`${port}: ${why}`)
    }
    return faults(told, `${ports.length} ports are real to it`)
  },
}

async function degrease(visitor: RawVisitor, destination: string, port: number): Promise<Outcome> {
  const options = linuxOptions(performance.now())
  options[2] = DEGREASER_MSS >>> 8
  options[3] = DEGREASER_MSS & 255
  const opened = await visitor.dial(destination, port, options)
  if (opened === undefined) return outcome(false, 'no SYN-ACK')
  const { synAck, port: sourcePort, next } = opened
  const others = optionsOf(synAck.options).filter(({ kind }) => kind > 1 && kind !== MSS_KIND)
  if (others.length === 0 && synAck.window <= LEAST_WINDOW)
    return outcome(false, `only MSS, window ${synAck.window}`)
  const to = { destination, destinationPort: port, sourcePort }
  const acknowledgment = synAck.sequence + 1
  const bytes = synAck.window - 1
  const stamps =
    optionBody(synAck, TIMESTAMPS_KIND) === undefined ? new Uint8Array(0) : stampsFor(synAck)
  const mine = (h: Heard): boolean => h.destinationPort === sourcePort && h.source === destination
  const acknowledged = visitor.wait(
    (h) => mine(h) && ((h.flags & RST) !== 0 || (h.acknowledgment - next) >>> 0 === bytes),
    ACK_MS,
  )
  for (let sent = 0; sent < bytes; sent += SEGMENT_BYTES)
    await visitor.send({
      ...{ ...to, sequence: next + sent, acknowledgment, flags: ACK | PSH, options: stamps },
      payload: Buffer.alloc(Math.min(SEGMENT_BYTES, bytes - sent), 'A'),
    })
  const answer = await acknowledged
  if (answer === undefined) {
    const most = visitor.heard.filter(mine).map((h) => (h.acknowledgment - next) >>> 0)
    // A service may end the connection before it has read all of it.
    const ended = visitor.heard.some((h) => mine(h) && (h.flags & (FIN | RST)) !== 0)
    return outcome(ended, `${bytes} bytes sent, ${Math.max(0, ...most)} acknowledged`)
  }
  if ((answer.flags & RST) !== 0) return outcome(true, 'reset')
  const closing = visitor.wait(
    (h) => mine(h) && ((h.flags & RST) !== 0 || (h.acknowledgment - next) >>> 0 === bytes + 1),
    ACK_MS,
  )
  await visitor.send({
    ...{ ...to, sequence: next + bytes, flags: FIN | ACK, options: stamps },
    acknowledgment: visitor.heard.filter(mine).reduce(follow, acknowledgment),
  })
  return outcome((await closing) !== undefined, 'FIN acknowledged')
}

/** The acknowledgment number after `heard`. */
function follow(acknowledgment: number, heard: Heard): number {
  if ((heard.flags & SYN) !== 0) return acknowledgment
  const end = heard.sequence + heard.payload.length + ((heard.flags & FIN) !== 0 ? 1 : 0)
  return ((end - acknowledgment) | 0) > 0 ? end : acknowledgment
}

function stampsFor(heard: Heard): Uint8Array {
  const stamp = Buffer.from('0101080a0000000000000000', 'hex')
  stamp.writeUInt32BE(performance.now() >>> 0, 4)
  stamp.writeUInt32BE(optionBody(heard, TIMESTAMPS_KIND)?.readUInt32BE(0) ?? 0, 8)
  return stamp
}

const timestamps: Detector = {
  name: 'timestamps: not 0, ticking, no round uptime',
  async run({ visitor, address, ports, data }) {
    const traits = data.stack.traits.timestamps
    const look = async (): Promise<number | undefined> => {
      const answer = await visitor.ask({
        ...{ destination: address, destinationPort: ports[0] ?? 0, sequence: 3, flags: SYN },
        options: linuxOptions(performance.now()),
      })
      return answer && optionBody(answer, TIMESTAMPS_KIND)?.readUInt32BE(0)
    }
    const first = await look()
    if (traits === undefined)
      return first === undefined
        ? skipped('the system sends none, and none came')
        : outcome(false, `the system sends none, but ${first} came`)
    await pause(CLOCK_MS)
    const second = await look()
    if (first === undefined || second === undefined) return outcome(false, 'none came')
    const ticks = (second - first) >>> 0
    const wrong: string[] = []
    if (first === 0 || second === 0) wrong.push('0')
    if (ticks === 0) wrong.push(`${first} twice, ${CLOCK_MS} ms apart`)
    const uptime = first / traits.hz
    const fromHour = Math.min(uptime % HOUR_S, HOUR_S - (uptime % HOUR_S))
    if (traits.offset === 'boot' && fromHour < ROUND_S) wrong.push(`uptime of ${uptime} s`)
    if (traits.offset === 'boot' && uptime > MAX_YEARS * YEAR_S) wrong.push('uptime of many years')
    return faults(wrong, `${first}, then ${second}`)
  },
}

export const connectionDetectors: readonly Detector[] = [degreaser, timestamps]
