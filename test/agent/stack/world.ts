/** For tests: a world for a Stack, personas without protocols, a link that keeps what is sent. */
import type { SynFacts } from '../../../agent/fingerprint/syn.ts'
import type { Link, LinkStats } from '../../../agent/link/link.ts'
import type { DoorCode } from '../../../agent/stack/doors.ts'
import type { Flow } from '../../../agent/stack/flow.ts'
import { Names } from '../../../agent/stack/names6.ts'
import type { StackOptions, World } from '../../../agent/stack/stack.ts'
import { parseAddress } from '../../../agent/wire/ipv4.ts'
import type { Persona } from '../../../rotation/persona.ts'
import { linux3Embedded, linux5 } from '../../../rotation/stacks/linux.ts'
import { windows2016 } from '../../../rotation/stacks/windows.ts'
import type { Traits } from '../../../rotation/traits.ts'

export const LOCAL_MAC = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3)
export const REMOTE_MAC = Uint8Array.of(2, 0, 0, 9, 9, 9)

export const address = (text: string): number => {
  const value = parseAddress(text)
  if (value === undefined) throw new Error(`no address: ${text}`)
  return value
}
export const LOCAL = address('198.51.100.3')
export const REMOTE = address('192.0.2.7')

const TRAITS: Readonly<Record<string, Traits>> = {
  // Scripts read best when what is owed is sent at once; delayed-ack.pkt has its own.
  linux: { ...linux5, delayedAckMs: 0 },
  windows: { ...windows2016, delayedAckMs: 0 },
  dvr: { ...linux3Embedded, delayedAckMs: 0, ecn: false },
  delayed: linux5,
}

/** Port 80 is open, 113 refuses, 8080 is a demand port, the others are silent. */
export function persona(kind = 'linux', id = kind): Persona {
  const traits = TRAITS[kind]
  if (traits === undefined) throw new Error(`no traits: ${kind}`)
  return {
    id,
    identity: {
      id,
      hostname: id,
      secret: (_label, length) => Buffer.alloc(length),
      now: () => 0,
    },
    mac: LOCAL_MAC,
    bootedAt: 0,
    skewPpm: 0,
    traits,
    door: (_transport, port) => (port === 80 ? 'open' : port === 113 ? 'closed' : 'silent'),
    greeter: () => undefined,
    service: () => undefined,
    datagramResident: () => undefined,
    datagramService: () => undefined,
    openPorts: new Set([80, 8080]),
  }
}

/** A generator with a seed (xorshift32): the same numbers every time. */
export function seeded(seed: number): (below: number) => number {
  let state = seed | 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}

export class TestWorld implements World {
  readonly flows: Flow[] = []
  readonly syns: DoorCode[] = []
  readonly personas = new Map<number, Persona>()
  onAccept: (flow: Flow) => void = (flow) => void this.flows.push(flow)
  woken = 0
  lastTotalBytes = 0
  readonly #random = seeded(7)

  constructor(who: Persona = persona()) {
    this.personas.set(LOCAL, who)
  }

  persona(at: number): Persona | undefined {
    return this.personas.get(at)
  }
  syn(syn: SynFacts, door: DoorCode): number {
    this.lastTotalBytes = syn.totalLength
    this.syns.push(door)
    return 1
  }
  accept(flow: Flow): void {
    this.onAccept(flow)
  }
  describe(syn: SynFacts): string {
    return `mss ${syn.mss}`
  }
  scannerName(code: number): string {
    return `scanner ${code}`
  }
  random(bytes: number): Uint8Array {
    return Uint8Array.from({ length: bytes }, () => this.#random(256))
  }
  wake(): void {
    this.woken++
  }
}

export const options = (over: Partial<StackOptions> = {}): StackOptions => ({
  doors: 'gated',
  budgets: { gatesPerSource: 4, gatesPerIdentity: 60 },
  flows: {
    idleMs: 60_000,
    totalMs: 600_000,
    maxBytes: 1_000_000,
    timeWaitMs: 30_000,
    trusting: false,
    maxFlows: 1000,
  },
  ownAddress: true,
  gateway: undefined,
  names: new Names(new Uint8Array(8)),
  datagrams: { datagram: () => undefined, datagramsEnded: () => undefined },
  exempt: () => false,
  ...over,
})

/** Gives every frame to `sent` (lent for the call). */
export class TestLink implements Link {
  readonly mac: Uint8Array
  readonly mtu: number
  readonly ethernet = true
  readonly out = new Uint8Array(2048)
  full = false
  readonly #sent: (frame: Uint8Array, length: number) => void
  #count = 0

  constructor(
    sent: (frame: Uint8Array, length: number) => void = () => undefined,
    mtu = 1500,
    mac: Uint8Array = LOCAL_MAC,
  ) {
    this.#sent = sent
    this.mtu = mtu
    this.mac = mac
  }

  open(): void {}
  reserve(): number {
    return this.full ? -1 : 0
  }
  commit(length: number): void {
    this.#count++
    this.#sent(this.out, length)
  }
  flush(): void {}
  async close(): Promise<void> {}
  stats(): LinkStats {
    return { received: 0, sent: this.#count, lostReceive: 0, lostSend: 0 }
  }
}
