/** Who this sensor is, kept over restarts: a machine that changes with every reboot is no machine. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../rotation/data.ts'
import { drawExtraPorts } from '../rotation/demand.ts'
import { createIdentity } from '../rotation/identity.ts'
import { roster } from '../rotation/roster.ts'

const SEED_BYTES = 32
const DRAW_BYTES = 16
const file = z.object({
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  persona: z.string(),
  extraPorts: z.array(z.number().int().min(1).max(65_535)).max(16),
  since: z.string(),
})

export type StoredIdentity = {
  readonly seed: Uint8Array
  readonly persona: string
  readonly extraPorts: readonly number[]
  /** When it was made, in ms since 1970. */
  readonly since: number
}

/**
 * The identity in `directory`, or a new one when there is none, when it is damaged or when another
 * persona is wanted. `wanted`: a persona's id, or 'auto': one that is met in the `environment`. Throws when there is no such persona.
 */
export function loadIdentity(
  directory: string,
  wanted: string,
  environment: Environment | undefined,
  random: (bytes: number) => Buffer,
  now: number,
): StoredIdentity {
  const path = join(directory, 'identity.json')
  const ids = roster.map((p) => p.id)
  if (wanted !== 'auto' && !ids.includes(wanted))
    throw new Error(`persona: no '${wanted}'; use auto or an id of \`cuttle persona list\``)
  const kept = read(path)
  if (
    kept !== undefined &&
    ids.includes(kept.persona) &&
    (wanted === 'auto' || wanted === kept.persona)
  )
    return {
      seed: Buffer.from(kept.seed, 'hex'),
      persona: kept.persona,
      extraPorts: kept.extraPorts,
      since: Date.parse(kept.since) || now,
    }
  const seed = random(SEED_BYTES)
  const draw = createIdentity(seed, '', () => now).secret('persona and ports', DRAW_BYTES)
  const met = roster.filter(
    (p) => environment === undefined || p.environments.includes(environment),
  )
  const drawn = met[draw.readUInt8(15) % met.length]?.id as string
  const persona = wanted === 'auto' ? drawn : wanted
  const own = Object.keys(roster.find((p) => p.id === persona)?.ports ?? {}).map(Number)
  const extraPorts = drawExtraPorts(new Map(), own, draw)
  const text = JSON.stringify(
    { seed: seed.toString('hex'), persona, extraPorts, since: new Date(now).toISOString() },
    null,
    2,
  )
  writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return { seed, persona, extraPorts, since: now }
}

function read(path: string): z.infer<typeof file> | undefined {
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
