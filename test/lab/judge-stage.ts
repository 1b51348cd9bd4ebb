/** What every judge needs: a lab, the sensor playing one persona in it, and what is known of the persona. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PersonaData } from '../../rotation/data.ts'
import { roster } from '../../rotation/roster.ts'
import { ATTACK_PREFIX, createLab, type Lab, SENSOR_ADDRESS } from './lab.ts'
import { startSensor } from './processes.ts'

/** A second machine of the same kind. */
const SECOND_ADDRESS = '198.18.1.2'

export const TOOLS = ['ip', 'nmap', 'p0f', 'tcpdump', 'python3', 'ping']

export type Verdict = 'pass' | 'fail' | 'skip'
export type Finding = { readonly name: string; readonly verdict: Verdict; readonly why: string }

export type Judged = {
  readonly lab: Lab
  readonly data: PersonaData
  /** The address that plays the persona. */
  readonly address: string
  /** Other addresses that the sensor plays at the same time. */
  readonly others: readonly string[]
  /** The persona's TCP ports. */
  readonly ports: readonly number[]
  /** One that refuses. */
  readonly refusing: number
  readonly scratch: string
  /** The node that runs this. */
  readonly runtime: string
}

export type StageOptions = {
  readonly runtime: string
  readonly doors?: 'gated' | 'all' | 'strict'
  readonly signals?: boolean
}

/** Starts the sensor as `data`, lets `judge` look at it, and removes all of it. */
export async function judging<T>(
  data: PersonaData,
  { runtime, doors = 'gated', signals = true }: StageOptions,
  judge: (judged: Judged) => Promise<T>,
): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'cuttle-judge-'))
  const lab = await createLab({ signals })
  try {
    const sensor = await startSensor(lab, {
      ...{ state: join(scratch, 'state'), doors, persona: data.id },
      flags: ['--address', `${SECOND_ADDRESS}/${ATTACK_PREFIX}`],
    })
    const judged = await judge({
      ...{ lab, data, runtime, scratch },
      address: SENSOR_ADDRESS,
      others: [SECOND_ADDRESS],
      ports: portsOf(data),
      refusing: refusingPort(data),
    })
    await sensor.stop()
    return judged
  } finally {
    await lab.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

export const portsOf = (data: PersonaData): number[] => Object.keys(data.ports).map(Number)

/** A port where nobody lives, when the persona has none that it resets on purpose. */
const FREE_PORT = 113
export const refusingPort = (data: PersonaData): number => data.reset[0] ?? FREE_PORT

/** The personas that are named; all of them when none is. Throws RangeError for one that is not there. */
export function named(ids: readonly string[]): readonly PersonaData[] {
  if (ids.length === 0) return roster
  return ids.map((id) => {
    const found = roster.find((data) => data.id === id)
    if (found === undefined) throw new RangeError(`no persona '${id}'`)
    return found
  })
}
