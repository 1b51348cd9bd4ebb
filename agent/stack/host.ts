/** One address that the sensor answers for, and the state that belongs to the machine it plays: nothing of it is shared between hosts. */
import type { Persona } from '../../rotation/persona.ts'
import { KeyedHash } from './keyed-hash.ts'

export class Host {
  readonly address: number
  readonly persona: Persona
  readonly mac: Uint8Array
  readonly macHigh: number
  readonly macLow: number
  readonly #formerHigh: number
  readonly #formerLow: number
  readonly #clock: KeyedHash
  #ipId: number

  /** `random`: 16 bytes. `mac`: what the host answers as on Ethernet. `former`: who had the address before. */
  constructor(
    address: number,
    persona: Persona,
    mac: Uint8Array,
    random: Uint8Array,
    former?: Host,
  ) {
    this.address = address
    this.persona = persona
    this.mac = mac
    this.macHigh = ((mac[0] as number) << 8) | (mac[1] as number)
    this.macLow =
      ((mac[2] as number) << 24) |
      ((mac[3] as number) << 16) |
      ((mac[4] as number) << 8) |
      (mac[5] as number)
    this.#formerHigh = former?.macHigh ?? this.macHigh
    this.#formerLow = former?.macLow ?? this.macLow
    this.#clock = new KeyedHash(random)
    this.#ipId = ((random[8] as number) << 8) | (random[9] as number)
  }

  /** Is this hardware address its own? The former host's is too: neighbours still have it, and live flows run on. */
  hears(high: number, low: number): boolean {
    return (
      (low === this.macLow && high === this.macHigh) ||
      (low === this.#formerLow && high === this.#formerHigh)
    )
  }

  /** IP ID of a packet that belongs to no flow yet (SYN-ACK, RST) or of a flow of a counting system. */
  nextIpId(): number {
    return this.persona.traits.ipid === 'zero' ? 0 : this.countedIpId()
  }

  /** IP ID of a packet that may be fragmented (an echo reply): every system counts those. */
  countedIpId(): number {
    this.#ipId = (this.#ipId + 1) & 0xffff
    return this.#ipId
  }

  /** First IP ID of an established flow (Linux counts by flow from a random start). */
  flowIpId(remote: number, ports: number): number {
    return this.#clock.of(remote, this.address, ports, 1) & 0xffff
  }

  /** TSval at `now` ms towards `remote`: one offset for each pair of addresses, as Linux since 4.10. */
  timestamp(remote: number, now: number): number {
    const ticks = Math.floor((now * this.persona.traits.timestampHz) / 1000)
    return (ticks + this.#clock.of(remote, this.address, 0, 2)) | 0
  }
}
