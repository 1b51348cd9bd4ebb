/**
 * Exercise for the packet path before the first flood: SYNs and short sessions through a pipeline of
 * its own on a link that leads nowhere. V8 compiles what has run often; without this the first sweep
 * of a fresh sensor runs interpreted, at several times the cost, and overflows the ring.
 */
import type { Link, LinkStats } from './link/link.ts'
import type { Pipeline } from './pipeline.ts'
import { pseudoHeader } from './wire/checksum.ts'
import * as ethernet from './wire/ethernet.ts'
import * as ipv4 from './wire/ipv4.ts'
import * as tcp from './wire/tcp.ts'

const SYNS = 20_000
const SESSIONS = 2_500
/** Frames in one turn of the event loop: real frames wait no longer for it, about a millisecond when compiled. */
const PER_TURN = 100
const FRAME_BYTES = 1_600
const TCP_AT = ethernet.HEADER_BYTES + ipv4.HEADER_BYTES
const VISITOR = 0x0a000001
const VISITOR_PORTS = 40_000
const PAYLOAD = Buffer.from('cuttle warms up: sixty-four bytes of what no protocol claims...\n')

/** Keeps the last frame, sends nothing. */
export class MuteLink implements Link {
  readonly mac: Uint8Array
  readonly mtu = 1500
  readonly ethernet = true
  readonly out = new Uint8Array(FRAME_BYTES)

  constructor(mac: Uint8Array) {
    this.mac = mac
  }
  open(): void {}
  reserve(): number {
    return 0
  }
  commit(): void {}
  flush(): void {}
  async close(): Promise<void> {}
  stats(): LinkStats {
    return { received: 0, sent: 0, lostReceive: 0, lostSend: 0 }
  }
}

/** `pipeline` is on `link`; `address` is one that it answers for, `mac` its hardware address. */
export async function warmUp(
  pipeline: Pipeline,
  link: MuteLink,
  address: number,
  clock: () => number,
): Promise<void> {
  const frame = new Uint8Array(FRAME_BYTES)
  const pseudo = pseudoHeader(VISITOR, address, ipv4.TCP, 0)
  const destination = new DataView(link.mac.buffer, link.mac.byteOffset)
  const send = (
    port: number,
    to: number,
    seq: number,
    ack: number,
    flags: number,
    payload = 0,
  ): void => {
    let options = 0
    if (flags === tcp.SYN) {
      const at = tcp.emitOption(frame, TCP_AT + tcp.HEADER_BYTES, tcp.OPTION_MSS, 1460)
      options = at - TCP_AT - tcp.HEADER_BYTES
    }
    frame.set(PAYLOAD.subarray(0, payload), TCP_AT + tcp.HEADER_BYTES + options)
    tcp.emit(frame, TCP_AT, port, to, seq, ack, flags, 1024, options, payload, pseudo)
    const bytes = tcp.HEADER_BYTES + options + payload
    ipv4.emit(frame, ethernet.HEADER_BYTES, bytes, 0, port, true, 64, ipv4.TCP, VISITOR, address)
    ethernet.emit(
      frame,
      0,
      destination.getUint16(0),
      destination.getInt32(2),
      VISITOR_MAC,
      ethernet.IPV4,
    )
    pipeline.stack.receive(frame, 0, TCP_AT + bytes, true, clock())
  }
  for (let i = 0; i < SYNS; i++) {
    send(VISITOR_PORTS, i + 1, i, 0, tcp.SYN)
    if (i % PER_TURN === 0) await turn(pipeline, clock)
  }
  const answer = new DataView(link.out.buffer)
  for (let i = 0; i < SESSIONS; i++) {
    const port = VISITOR_PORTS + 1 + i
    const to = 10_000 + i
    send(port, to, 1, 0, tcp.SYN)
    const isn = answer.getInt32(TCP_AT + 4)
    send(port, to, 2, isn + 1, tcp.ACK)
    send(port, to, 2, isn + 1, tcp.ACK | tcp.PSH, PAYLOAD.length)
    send(port, to, 2 + PAYLOAD.length, isn + 1, tcp.ACK | tcp.FIN)
    pipeline.stack.flush(clock())
    send(port, to, 3 + PAYLOAD.length, isn + 2, tcp.ACK)
    if (i % (PER_TURN / 4) === 0) await turn(pipeline, clock)
  }
  pipeline.finish()
}

const VISITOR_MAC = Uint8Array.of(2, 0, 0, 0, 0, 1)

function turn(pipeline: Pipeline, clock: () => number): Promise<void> {
  pipeline.stack.tick(clock())
  return new Promise((done) => setImmediate(done))
}
