/**
 * What the hub knows of one source address. Merging is minimum, maximum and union: late or reordered events
 * lead to the same state.
 */
import type { SensorEvent } from '../../agent/event.ts'
import { PortSet } from './port-set.ts'

export type Attacker = {
  readonly ip: string
  /** Milliseconds since the epoch. */
  firstSeen: number
  lastSeen: number
  events: number
  /** Highest severity seen, 1 to 10. */
  severity: number
  /** At least one handshake was completed: the address is no forgery. */
  verified: boolean
  readonly ports: PortSet
  readonly sensors: Set<string>
  readonly actions: Set<string>
  /** Names of malware. */
  readonly families: Set<string>
}

export type AttackerRow = {
  ip: string
  first_seen: number
  last_seen: number
  events: number
  severity: number
  verified: number
  ports_count: number
  ports: Uint8Array
  sensors: string
  actions: string
  families: string
}

/** Names kept of each kind. */
const MAX_NAMES = 64
const MAX_NAME_LENGTH = 64

export const newAttacker = (ip: string): Attacker => ({
  ip,
  firstSeen: Number.MAX_SAFE_INTEGER,
  lastSeen: 0,
  events: 0,
  severity: 0,
  verified: false,
  ports: PortSet.decode(new Uint8Array()),
  sensors: new Set(),
  actions: new Set(),
  families: new Set(),
})

/** `at`: when it happened, milliseconds since the epoch, already bounded by the hub's own clock. */
export const merge = (attacker: Attacker, event: SensorEvent, at: number): void => {
  attacker.firstSeen = Math.min(attacker.firstSeen, at)
  attacker.lastSeen = Math.max(attacker.lastSeen, at)
  attacker.events += 1
  attacker.severity = Math.max(attacker.severity, event.event.severity)
  attacker.verified ||= event.cuttle.verified === true
  if (event.destination?.port !== undefined) attacker.ports.add(event.destination.port)
  if (event.cuttle.ports !== undefined) attacker.ports.addRanges(event.cuttle.ports)
  addName(attacker.sensors, event.observer.name)
  addName(attacker.actions, event.event.action)
  const family = event.threat?.software?.name
  if (family !== undefined) addName(attacker.families, family)
}

const addName = (names: Set<string>, name: string): void => {
  if (names.size < MAX_NAMES) names.add(name.slice(0, MAX_NAME_LENGTH))
}

export const fromRow = (row: AttackerRow): Attacker => ({
  ip: row.ip,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  events: row.events,
  severity: row.severity,
  verified: row.verified === 1,
  ports: PortSet.decode(row.ports),
  sensors: new Set(JSON.parse(row.sensors)),
  actions: new Set(JSON.parse(row.actions)),
  families: new Set(JSON.parse(row.families)),
})

export const toRow = (attacker: Attacker): AttackerRow => ({
  ip: attacker.ip,
  first_seen: attacker.firstSeen,
  last_seen: attacker.lastSeen,
  events: attacker.events,
  severity: attacker.severity,
  verified: attacker.verified ? 1 : 0,
  ports_count: attacker.ports.size,
  ports: attacker.ports.encode(),
  sensors: JSON.stringify([...attacker.sensors].sort()),
  actions: JSON.stringify([...attacker.actions].sort()),
  families: JSON.stringify([...attacker.families].sort()),
})
