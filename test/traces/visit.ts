/** One visit as frames: what a client sends, cut and ordered as the trace wants it, and the least that a server answers. */
import { ACK, FIN, PSH, SYN } from '../../agent/wire/tcp.ts'
import { ipFrame, type Spec, segment, tcpFrame } from '../agent/stack/frames.ts'
import { LOCAL, REMOTE } from '../agent/stack/world.ts'
import type { TimedFrame } from './trace-file.ts'

/** When every synthetic visit begins: 2026-11-24T12:00:00Z. */
const START_MS = 1_795_521_600_000
const STEP_MS = 10
const CLIENT_ISN = 0x1000_0000
const SERVER_ISN = 0x2000_0000
const OPTIONS = 'mss 1460,sok,ts 1000 0,nop,ws 7'

export type Visit = {
  readonly port: number
  readonly sourcePort: number
  readonly bytes: Uint8Array
  /** Bytes of one segment. */
  readonly size?: number
  /** In which order segments are sent, from 0; a number twice is a retransmission. */
  readonly order?: readonly number[]
  /** Bytes of one IP fragment, a multiple of 8: segments travel in fragments, the last one first. */
  readonly fragment?: number
}

export function visit({ port, sourcePort, bytes, size = 1448, ...how }: Visit): TimedFrame[] {
  const spec = (offset: number, flags: number, payload?: Uint8Array): Spec => ({
    sourcePort,
    destinationPort: port,
    sequence: (CLIENT_ISN + offset) | 0,
    acknowledgment: SERVER_ISN + 1,
    flags,
    ...(payload && { payload }),
  })
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => n * size)
  const order = how.order ?? pieces.map((_, n) => n)
  const data = order.flatMap((n) => {
    const at = pieces[n]
    if (at === undefined) throw new RangeError(`no segment ${n}`)
    const said = spec(1 + at, ACK | PSH, bytes.subarray(at, at + size))
    return how.fragment === undefined ? [tcpFrame(said)] : fragments(segment(said), how.fragment)
  })
  return [
    tcpFrame({ ...spec(0, SYN), acknowledgment: 0, options: OPTIONS }),
    answer(port, sourcePort, SYN | ACK, 0, 1),
    tcpFrame(spec(1, ACK)),
    ...data,
    tcpFrame(spec(1 + bytes.length, ACK | FIN)),
    answer(port, sourcePort, ACK | FIN, 1, 2 + bytes.length),
    tcpFrame({ ...spec(2 + bytes.length, ACK), acknowledgment: SERVER_ISN + 2 }),
  ].map((frame, n) => ({ bytes: frame, time: START_MS + n * STEP_MS }))
}

function answer(
  port: number,
  sourcePort: number,
  flags: number,
  offset: number,
  acknowledged: number,
): Uint8Array {
  const frame = tcpFrame({
    source: LOCAL,
    destination: REMOTE,
    sourcePort: port,
    destinationPort: sourcePort,
    sequence: SERVER_ISN + offset,
    acknowledgment: CLIENT_ISN + acknowledged,
    flags,
    ...((flags & SYN) !== 0 && { options: OPTIONS }),
  })
  const to = frame.slice(0, 6)
  frame.copyWithin(0, 6, 12)
  frame.set(to, 6)
  return frame
}

/** The last one first: a sensor that wants them in order sees nothing. */
function fragments(packet: Uint8Array, size: number): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at < packet.length; at += size)
    frames.unshift(
      ipFrame(6, packet.subarray(at, at + size), {
        fragmentOffset: at,
        more: at + size < packet.length,
        id: 4711,
      }),
    )
  return frames
}
