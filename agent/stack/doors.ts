/**
 * Which door a SYN meets. All ports are observed, not all are shown: a single probe outside the
 * persona's ports sees the persona's closed port; a client whose kernel repeats the same SYN is let
 * in, within budgets by source and by identity. Tables are of fixed size.
 */
import type { Persona } from '../../rotation/persona.ts'
import type { Door } from '../event.ts'
import type { SynFacts } from '../fingerprint/syn.ts'

export const SILENT = 0
export const CLOSED = 1
export const PERSONA = 2
export const DEMAND = 3
export const GATE = 4
export const ALL = 5
export type DoorCode = 0 | 1 | 2 | 3 | 4 | 5
const NAMES: readonly Door[] = ['gate', 'gate', 'persona', 'demand', 'gate', 'all']
export const doorName = (code: DoorCode): Door => NAMES[code] as Door

export type DoorMode = 'gated' | 'all' | 'strict'
export type DoorBudgets = {
  /** Gated ports a source may open in an hour. */
  readonly gatesPerSource: number
  /** Gated ports an identity may show in an hour. */
  readonly gatesPerIdentity: number
}

/** A kernel repeats its SYN after about 1, 3 and 7 seconds; a scanner's retry is sooner, later or another segment. */
const REPEAT_MIN_MS = 800
const REPEAT_MAX_MS = 8_000
const HOUR_MS = 3_600_000
/** A source that tried this many closed ports in the window is a scanner: no gate for it. */
const MAX_CLOSED_PORTS = 20
const CLOSED_WINDOW_MS = 600_000
const MAX_GATES = 16
const SOURCES = 8192
/** What all-port detectors probe (LZR: uniform in 32768–60999): no gate there, but for ports that bots really use. */
const PROBED_FIRST = 32_768
const PROBED_LAST = 60_999
const PROBED_BUT_KNOWN = new Set([
  34567, 34568, 34599, 37215, 37777, 44818, 47808, 49152, 50000, 50070, 52869, 55553, 55554, 60001,
])

export class Doors {
  readonly #mode: DoorMode
  readonly #budgets: DoorBudgets
  readonly #source = new Int32Array(SOURCES)
  readonly #closedSince = new Float64Array(SOURCES)
  readonly #closedCount = new Uint8Array(SOURCES)
  readonly #closedPorts = new Uint16Array(SOURCES * MAX_CLOSED_PORTS)
  readonly #gateSince = new Float64Array(SOURCES)
  readonly #gateCount = new Uint8Array(SOURCES)
  readonly #gatePorts = new Uint16Array(SOURCES * MAX_GATES)
  readonly #identities = new Map<string, { since: number; count: number }>()

  constructor(mode: DoorMode, budgets: DoorBudgets) {
    this.#mode = mode
    this.#budgets = budgets
  }

  /** For a SYN. `age`: ms since this very segment was first seen, -1 for never; `hash` is keyed over the source. */
  decide(persona: Persona, hash: number, syn: SynFacts, age: number, now: number): DoorCode {
    const port = syn.destinationPort
    const open = this.#shown(persona, port)
    if (open !== SILENT) return open
    if (this.#mode === 'all') return ALL
    const refused: DoorCode = persona.door('tcp', port) === 'closed' ? CLOSED : SILENT
    if (this.#mode === 'strict' || refused === CLOSED) return refused
    const slot = this.#slot(hash, syn.source)
    if (this.#granted(slot, port, now)) return GATE
    if (age < REPEAT_MIN_MS || age > REPEAT_MAX_MS) {
      if (age < 0) this.#noteClosed(slot, port, now)
      return SILENT
    }
    return this.#mayOpen(persona, slot, syn, now) ? GATE : SILENT
  }

  /** For the ACK that ends a handshake: the door it was let in by; SILENT when there was none. */
  entered(persona: Persona, hash: number, source: number, port: number, now: number): DoorCode {
    const open = this.#shown(persona, port)
    if (open !== SILENT) return open
    if (this.#mode === 'all') return ALL
    if (this.#mode === 'strict') return SILENT
    const slot = hash & (SOURCES - 1)
    return this.#source[slot] === source && this.#granted(slot, port, now) ? GATE : SILENT
  }

  #shown(persona: Persona, port: number): DoorCode {
    if (persona.door('tcp', port) === 'open') return PERSONA
    return this.#mode !== 'strict' && persona.openPorts.has(port) ? DEMAND : SILENT
  }

  /** The record of a source; a newcomer takes the slot over. */
  #slot(hash: number, source: number): number {
    const slot = hash & (SOURCES - 1)
    if (this.#source[slot] !== source) {
      this.#source[slot] = source
      this.#closedCount[slot] = 0
      this.#gateCount[slot] = 0
    }
    return slot
  }

  #granted(slot: number, port: number, now: number): boolean {
    if (now - (this.#gateSince[slot] as number) >= HOUR_MS) this.#gateCount[slot] = 0
    const count = this.#gateCount[slot] as number
    for (let i = 0; i < count; i++) if (this.#gatePorts[slot * MAX_GATES + i] === port) return true
    return false
  }

  #noteClosed(slot: number, port: number, now: number): void {
    if (now - (this.#closedSince[slot] as number) >= CLOSED_WINDOW_MS) this.#closedCount[slot] = 0
    const count = this.#closedCount[slot] as number
    if (count === 0) this.#closedSince[slot] = now
    if (count > MAX_CLOSED_PORTS) return
    const base = slot * MAX_CLOSED_PORTS
    for (let i = 0; i < count; i++) if (this.#closedPorts[base + i] === port) return
    if (count < MAX_CLOSED_PORTS) this.#closedPorts[base + count] = port
    this.#closedCount[slot] = count + 1
  }

  #mayOpen(persona: Persona, slot: number, syn: SynFacts, now: number): boolean {
    const port = syn.destinationPort
    const kernel =
      syn.dontFragment === 1 &&
      syn.mss !== 0 &&
      (syn.scale >= 0 || syn.sackPermitted === 1 || syn.timestamps === 1)
    if (!kernel) return false
    if (port >= PROBED_FIRST && port <= PROBED_LAST && !PROBED_BUT_KNOWN.has(port)) return false
    if ((this.#closedCount[slot] as number) > MAX_CLOSED_PORTS) return false
    const count = this.#gateCount[slot] as number
    if (count >= Math.min(this.#budgets.gatesPerSource, MAX_GATES)) return false
    if (!this.#spend(persona.identity.id, now)) return false
    if (count === 0) this.#gateSince[slot] = now
    this.#gatePorts[slot * MAX_GATES + count] = port
    this.#gateCount[slot] = count + 1
    return true
  }

  #spend(identity: string, now: number): boolean {
    const budget = this.#identities.get(identity)
    if (budget === undefined || now - budget.since >= HOUR_MS) {
      this.#identities.set(identity, { since: now, count: 1 })
      return this.#budgets.gatesPerIdentity > 0
    }
    if (budget.count >= this.#budgets.gatesPerIdentity) return false
    budget.count++
    return true
  }
}
