/** Who lives at which address: one machine for each, and no two with anything in common. */

import { interfaceId, PREFIX_BYTES } from '../rotation/address6.ts'
import type { PersonaData } from '../rotation/data.ts'
import { drawExtraPorts } from '../rotation/demand.ts'
import { createIdentity } from '../rotation/identity.ts'
import { loadPersona, type Spoken } from '../rotation/load.ts'
import type { Persona } from '../rotation/persona.ts'
import type { Config } from './config.ts'
import { addresses6Of, addressesOf } from './prefix.ts'
import { addressText, parseAddress } from './wire/ipv4.ts'

const SEED_BYTES = 32
const DRAW_BYTES = 16

export type StoredIdentity = {
  /** What the stored identity says: it is the first address's, and the others' come from it. */
  readonly seed: Uint8Array
  readonly persona: string
  readonly extraPorts: readonly number[]
  readonly since: number
}

export type Household = {
  readonly machines: ReadonlyMap<number, Persona>
  readonly machines6: readonly Resident6[]
}

/** The machines that a configuration means. `now`: ms since 1970. Throws PersonaFault. */
export function household(
  config: Config,
  stored: StoredIdentity,
  roster: readonly PersonaData[],
  spoken: Spoken,
  now: () => number,
): Household {
  const gateway = config.gateway === undefined ? undefined : parseAddress(config.gateway)
  const addresses = addressesOf(config.address, gateway)
  const { environment } = config
  const candidates = roster.filter((p) =>
    config.persona === 'auto'
      ? environment === undefined || p.environments.includes(environment)
      : p.id === stored.persona,
  )
  const machines = residents(addresses, stored, roster, candidates, spoken, now)
  const { fixed, networks } = addresses6Of(config.address)
  return { machines, machines6: residents6([...machines.values()], fixed, networks) }
}

/**
 * A persona for each address, in their order. `candidates`: those that the others are drawn from; only its
 * own kind when the operator has named one. `now`: ms since 1970. Throws PersonaFault.
 */
function residents(
  addresses: readonly number[],
  stored: StoredIdentity,
  roster: readonly PersonaData[],
  candidates: readonly PersonaData[],
  spoken: Spoken,
  now: () => number,
): ReadonlyMap<number, Persona> {
  const head = roster.find((p) => p.id === stored.persona)
  if (head === undefined) throw new Error(`no persona '${stored.persona}'`)
  const root = createIdentity(stored.seed, '', now)
  const living = new Map<number, Persona>()
  for (const address of addresses) {
    if (living.size === 0) {
      const { seed, extraPorts, since } = stored
      living.set(address, loadPersona(head, spoken, seed, extraPorts, since, now))
      continue
    }
    const seed = root.secret(`address ${addressText(address)}`, SEED_BYTES)
    const draw = createIdentity(seed, '', now).secret('persona and ports', DRAW_BYTES)
    const data = candidates[draw.readUInt8(15) % candidates.length] ?? head
    const ports = drawExtraPorts(new Map(), Object.keys(data.ports).map(Number), draw)
    living.set(address, loadPersona(data, spoken, seed, ports, stored.since, now))
  }
  return living
}

export type Resident6 = { readonly words: Int32Array; readonly persona: Persona }

const LINK_LOCAL = Int32Array.of(0xfe800000, 0, 0, 0)

/**
 * The IPv6 addresses of these machines: the fixed ones are the first machine's; in each network every
 * machine has the one that it makes itself, and on the link one more (RFC 4291 2.8).
 */
function residents6(
  living: readonly Persona[],
  fixed: readonly Int32Array[],
  networks: readonly Int32Array[],
): readonly Resident6[] {
  const [head] = living
  if (head === undefined || fixed.length + networks.length === 0) return []
  const all: Resident6[] = fixed.map((words) => ({ words, persona: head }))
  for (const persona of living)
    for (const network of [...networks, LINK_LOCAL])
      all.push({ words: ownAddress(persona, network), persona })
  return all
}

function ownAddress({ identity, mac, traits }: Persona, network: Int32Array): Int32Array {
  const bytes = Buffer.alloc(PREFIX_BYTES)
  bytes.writeInt32BE(network[0] ?? 0, 0)
  bytes.writeInt32BE(network[1] ?? 0, 4)
  const id = interfaceId(identity, mac, traits.interfaceId, bytes)
  return Int32Array.of(network[0] ?? 0, network[1] ?? 0, id.readInt32BE(0), id.readInt32BE(4))
}
