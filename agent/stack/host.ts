/** One address that the sensor answers for, and the state that belongs to the machine it plays: nothing of it is shared between hosts. */
import type { Persona } from '../../rotation/persona.ts'
import type { IpIdRule } from '../../rotation/traits.ts'
import { addressText6 } from '../wire/address6.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import { KeyedHash } from './keyed-hash.ts'

/** Counters of a host that counts IDs by destination: addresses that share one see each other's packets counted, as on Linux. */
const DESTINATIONS = 1024
const SECRET_BYTES = 24
/** Steps of a counter with random steps: what is no small increment to a visitor, and wraps rarely. */
const MIN_STEP = 1025
const STEP_RANGE = 8000
/** So that a clock of a GHz stays exact in a double. */
const CLOCK_WRAP_MS = 1e9

export class Host {
  /** int32; of IPv6 the name that the stack knows the address by (names6.ts). */
  readonly address: number
  /** Of IPv6: the address itself. */
  readonly words: Int32Array | undefined
  readonly headerBytes: number
  readonly persona: Persona
  readonly mac: Uint8Array
  readonly macHigh: number
  readonly macLow: number
  readonly #formerHigh: number
  readonly #formerLow: number
  readonly #offsets: KeyedHash
  readonly #draws: KeyedHash
  /** What the persona's clock is ahead of the stack's, in ms: its uptime when the stack's time was 0. */
  readonly #uptimeAtZero: number
  readonly #rate: number
  #counter: number
  #ownCounter: number
  #drawn = 0
  #destinations: Uint16Array | undefined

  /**
   * `mac`: what the host answers as on Ethernet. `now`: the stack's time. `former`: who had the address
   * before. What it draws comes from its identity: a sensor that restarts is the same machine.
   */
  constructor(
    address: number,
    words: Int32Array | undefined,
    persona: Persona,
    mac: Uint8Array,
    now: number,
    former?: Host,
  ) {
    this.address = address
    this.words = words
    this.headerBytes = words === undefined ? ipv4.HEADER_BYTES : ipv6.HEADER_BYTES
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
    const { identity, bootedAt, skewPpm } = persona
    const secret = identity.secret('stack', SECRET_BYTES)
    this.#offsets = new KeyedHash(secret.subarray(0, 8))
    this.#draws = new KeyedHash(secret.subarray(8, 16))
    this.#uptimeAtZero = identity.now() - bootedAt - now
    this.#rate = 1 + skewPpm / 1e6
    // A counter goes on from where it would have been: a restart of ours is none of the machine's.
    const counted = Math.floor(this.#uptime(now) / 1000)
    this.#counter = (secret.readUInt16BE(16) + counted) & 0xffff
    this.#ownCounter = (secret.readUInt16BE(18) + counted) & 0xffff
  }

  /** Its address as people write it. */
  get text(): string {
    return this.words === undefined ? ipv4.addressText(this.address) : addressText6(this.words)
  }

  /** Is this hardware address its own? The former host's is too: neighbours still have it, and live flows run on. */
  hears(high: number, low: number): boolean {
    return (
      (low === this.macLow && high === this.macHigh) ||
      (low === this.#formerLow && high === this.#formerHigh)
    )
  }

  /** IP ID of the next packet to `remote` by this rule. */
  ipId(rule: IpIdRule, remote: number): number {
    switch (rule) {
      case 'zero':
        return 0
      case 'destination-counter': {
        this.#destinations ??= new Uint16Array(DESTINATIONS)
        const slot = this.#offsets.of(remote, 0, 0, 3) & (DESTINATIONS - 1)
        // Where a destination's count begins is the identity's secret.
        const begin = this.#offsets.of(slot, 0, 0, 4)
        this.#destinations[slot] = (this.#destinations[slot] as number) + 1
        return (begin + (this.#destinations[slot] as number)) & 0xffff
      }
      case 'own-counter':
        this.#ownCounter = (this.#ownCounter + 1) & 0xffff
        return this.#ownCounter
      case 'random-steps':
        this.#ownCounter = (this.#ownCounter + MIN_STEP + (this.draw() % STEP_RANGE)) & 0xffff
        return this.#ownCounter
      case 'random':
        return this.draw() & 0xffff
      default:
        this.#counter = (this.#counter + 1) & 0xffff
        return this.#counter
    }
  }

  /** First IP ID of a flow that counts for itself. */
  flowIpId(remote: number, ports: number): number {
    return this.#offsets.of(remote, this.address, ports, 1) & 0xffff
  }

  /** Of a flow over IPv6: the same on all its packets (RFC 6437). */
  flowLabel(remote: number, ports: number): number {
    const { flowLabel } = this.persona.traits
    return flowLabel ? this.#offsets.of(remote, this.address, ports, 8) & 0xfffff : 0
  }

  /** TSval at `now` ms towards `remote`, by the persona's clock. */
  timestamp(remote: number, ports: number, now: number): number {
    const clock = this.persona.traits.timestamps
    if (clock === undefined) return 0
    const ticks = Math.floor((this.#uptime(now) * clock.hz) / 1000)
    if (clock.offset === 'boot') return ticks | 0
    const apart = clock.offset === 'connection' ? ports : 0
    return (ticks + this.#offsets.of(remote, this.address, apart, 2)) | 0
  }

  /** Initial sequence number for a SYN that came at `now` ms (RFC 6528, or as the persona's system draws it). */
  initialSequence(remote: number, ports: number, clientIsn: number, now: number): number {
    const { isn } = this.persona.traits
    const clock = Math.floor(((this.#uptime(now) % CLOCK_WRAP_MS) * isn.perSecond) / 1000)
    if (isn.kind === 'hashed') return (clock + this.#offsets.of(remote, this.address, ports, 5)) | 0
    // The same SYN gets the same number: its noise hangs on the SYN.
    const noise = (this.#offsets.of(remote, clientIsn, ports, 6) >>> 0) % isn.noise
    return (Math.floor((clock + noise) / isn.step) * isn.step) | 0
  }

  /** Milliseconds since boot, as its own clock counts them. */
  #uptime(now: number): number {
    return (this.#uptimeAtZero + now) * this.#rate
  }

  /** 32 bits that nobody foresees. */
  draw(): number {
    this.#drawn = (this.#drawn + 1) | 0
    return this.#draws.of(this.#drawn, 0, 0, 7) >>> 0
  }
}
