/** A sensor with the probe in it, and what the probe has seen. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../lab/lab.ts'
import { type Running, startSensor } from '../lab/processes.ts'
import { pause, pssOf, WARM_MS } from './machine.ts'
import type { Second } from './probe.ts'

const PROBE = new URL('probe.ts', import.meta.url)
const LOOK_MS = 1000

export type Probed = {
  readonly sensor: Running
  /** The seconds since `from` (ms since the epoch), of all packet threads. */
  seen(from: number): readonly Second[]
}

/** At rest when this resolves. `profiled`: the next seconds leave a CPU profile of each thread in the state directory. */
export async function startProbed(
  lab: Lab,
  options: Parameters<typeof startSensor>[1],
  profiled = false,
): Promise<Probed> {
  const probe = join(options.state, 'probe')
  const env = {
    NODE_OPTIONS: `--import=${fileURLToPath(PROBE)}`,
    CUTTLE_BENCH_PROBE: probe,
    ...(profiled && { CUTTLE_BENCH_PROFILE: options.state }),
  }
  const sensor = await startSensor(lab, { ...options, env })
  await pause(WARM_MS)
  return {
    sensor,
    seen: (from) =>
      readdirSync(dirname(probe))
        .filter((name) => name.startsWith(`${basename(probe)}.`))
        .flatMap((name) =>
          readFileSync(join(dirname(probe), name), 'utf8')
            .trim()
            .split('\n'),
        )
        .map((line) => JSON.parse(line) as Second)
        .filter(({ at }) => at > from),
  }
}

/** Proportional set size of `pid` once a second, in bytes, until stopped. */
export function watchMemory(pid: number): { readonly samples: number[]; stop(): void } {
  const samples = [pssOf(pid)]
  const timer = setInterval(() => samples.push(pssOf(pid)), LOOK_MS)
  return { samples, stop: () => clearInterval(timer) }
}

export const latest = (seconds: readonly Second[]): number =>
  Math.max(...seconds.map(({ late }) => late))

/** What others on the machine took from the packet threads: the mean of their seconds. */
export const waiting = (seconds: readonly Second[]): number =>
  seconds.reduce((sum, { waited }) => sum + waited, 0) / 1000 / seconds.length

/** The value that `share` of all values do not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}
