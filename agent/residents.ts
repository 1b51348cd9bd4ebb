/** Who lives at which address: one machine for each, and no two with anything in common. */

import type { PersonaData } from '../rotation/data.ts'
import { drawExtraPorts } from '../rotation/demand.ts'
import { createIdentity } from '../rotation/identity.ts'
import { loadPersona, type Spoken } from '../rotation/load.ts'
import type { Persona } from '../rotation/persona.ts'
import { addressText } from './wire/ipv4.ts'

const SEED_BYTES = 32
const DRAW_BYTES = 16

export type Household = {
  /** What the stored identity says: it is the first address's, and the others' come from it. */
  readonly seed: Uint8Array
  readonly persona: string
  readonly extraPorts: readonly number[]
  readonly since: number
}

/**
 * A persona for each address, in their order. `candidates`: those that the others are drawn from; only the
 * household's own when the operator has named one. `now`: ms since 1970. Throws PersonaFault.
 */
export function residents(
  addresses: readonly number[],
  household: Household,
  roster: readonly PersonaData[],
  candidates: readonly PersonaData[],
  spoken: Spoken,
  now: () => number,
): ReadonlyMap<number, Persona> {
  const head = roster.find((p) => p.id === household.persona)
  if (head === undefined) throw new Error(`no persona '${household.persona}'`)
  const root = createIdentity(household.seed, '', now)
  const living = new Map<number, Persona>()
  for (const address of addresses) {
    if (living.size === 0) {
      const { seed, extraPorts, since } = household
      living.set(address, loadPersona(head, spoken, seed, extraPorts, since, now))
      continue
    }
    const seed = root.secret(`address ${addressText(address)}`, SEED_BYTES)
    const draw = createIdentity(seed, '', now).secret('persona and ports', DRAW_BYTES)
    const data = candidates[draw.readUInt8(15) % candidates.length] ?? head
    const ports = drawExtraPorts(new Map(), Object.keys(data.ports).map(Number), draw)
    living.set(address, loadPersona(data, spoken, seed, ports, household.since, now))
  }
  return living
}
