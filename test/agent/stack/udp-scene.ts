/** For tests: a Udp with a host of its own, and a world that notes what it is told. */
import { Host } from '../../../agent/stack/host.ts'
import { blankPeer } from '../../../agent/stack/transmit.ts'
import { type Outcome, Udp, type UdpOptions } from '../../../agent/stack/udp.ts'
import type { UdpFlow } from '../../../agent/stack/udp-flow.ts'
import type { Persona } from '../../../rotation/persona.ts'
import { LOCAL, LOCAL_MAC, persona, REMOTE } from './world.ts'

/** Ports of the persona: 53 is open, 113 refuses, the others are silent. */
export const OPEN = 53
export const CLOSED = 113
export const QUIET = 5000

export const udpPersona = (over: Partial<Persona> = {}): Persona => ({
  ...persona(),
  door: (transport, port) =>
    transport !== 'udp' ? 'silent' : port === OPEN ? 'open' : port === CLOSED ? 'closed' : 'silent',
  ...over,
})

export type Told = { flow: UdpFlow; payload: Buffer; now: number }

export class UdpScene {
  readonly served: { flow: UdpFlow; payload: Buffer }[] = []
  readonly ended: Told[] = []
  readonly sent: { flow: UdpFlow; payload: Uint8Array }[] = []
  readonly udp: Udp
  readonly peer = blankPeer()
  host: Host
  proven = false
  full = false
  onDatagram: (flow: UdpFlow, payload: Buffer) => void = () => {}

  constructor(over: Partial<UdpOptions> = {}, who: Persona = udpPersona()) {
    this.host = new Host(LOCAL, undefined, who, LOCAL_MAC, 0)
    this.udp = new Udp({
      world: {
        datagram: (flow, payload) => {
          this.served.push({ flow, payload })
          this.onDatagram(flow, payload)
        },
        datagramsEnded: (flow, payload, now) => this.ended.push({ flow, payload, now }),
      },
      doors: 'gated',
      mtu: 1500,
      random: Uint8Array.from({ length: 16 }, (_, i) => i * 7),
      proven: () => this.proven,
      send: (flow, payload) => {
        if (!this.full) this.sent.push({ flow, payload: payload.slice() })
        return !this.full
      },
      ...over,
    })
  }

  /** A datagram from REMOTE (or an address next to it); it lies in the middle of a buffer that is then used again. */
  send(localPort: number, text: string, now: number, port = 40_000, address = REMOTE): Outcome {
    const { peer } = this
    peer.address = address
    peer.port = port
    peer.localPort = localPort
    peer.macHigh = 2
    peer.macLow = 9
    const payload = Buffer.from(text, 'latin1')
    const bytes = new Uint8Array(payload.length + 20).fill(0xee)
    bytes.set(payload, 10)
    const outcome = this.udp.receive(this.host, peer, bytes, 10, payload.length, now)
    bytes.fill(0)
    return outcome
  }
}
