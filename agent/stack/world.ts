/** What the stack asks of the world it lives in, and how it is set up. */
import type { Persona } from '../../rotation/persona.ts'
import type { SynFacts } from '../fingerprint/syn.ts'
import type { DoorBudgets, DoorCode, DoorMode } from './doors.ts'
import type { Flow } from './flow.ts'
import type { Names } from './names6.ts'
import type { FlowLimits } from './tcp.ts'
import type { UdpWorld } from './udp.ts'

export interface World {
  /** Who answers at this address (int32); undefined: not ours. */
  persona(address: number): Persona | undefined
  /** Every SYN, with the door it met: returns the code of the scanner it names. `syn` is lent. */
  syn(syn: SynFacts, door: DoorCode, now: number): number
  /** A handshake is proven. */
  accept(flow: Flow): void
  /** The p0f signature and the scanner's name, written when a flow is reported. */
  describe(syn: SynFacts): string
  scannerName(code: number): string
  random(bytes: number): Uint8Array
  /** Something was written outside `receive` and `tick`: call `flush` soon. */
  wake(): void
}

export type StackOptions = {
  readonly doors: DoorMode
  readonly budgets: DoorBudgets
  readonly flows: FlowLimits & {
    readonly maxFlows: number
    /** What all flows together may hold, in bytes; MAX_HELD_BYTES when absent. */
    readonly maxHeldBytes?: number
  }
  /** `shared` mode answers with the link's own hardware address. */
  readonly ownAddress: boolean
  /** Another stack on the same interface has claimed the addresses: this one only answers. */
  readonly quiet?: boolean
  readonly gateway: number | undefined
  /** Of IPv6 addresses, here and for whoever reads of them. */
  readonly names: Names
  readonly datagrams: UdpWorld
  /** The host's own business on a shared address: management ports and its outgoing connections. */
  readonly exempt: (port: number) => boolean
}
