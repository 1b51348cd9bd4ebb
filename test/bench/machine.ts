/** What a measurement must say of itself: machine, commit, and how much it varied. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

export const machineLine = (): string => {
  const all = cpus()
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  return `machine: ${all.length} × ${all[0]?.model ?? '?'}, ${gib} GiB, Linux ${release()}, Node ${process.version}`
}

export const commitLine = (): string => {
  const git = (...args: string[]): string =>
    spawnSync('git', args, { encoding: 'utf8' }).stdout.trim()
  return `commit: ${git('rev-parse', '--short=12', 'HEAD') || 'no repository'}${git('status', '--porcelain') === '' ? '' : ' and uncommitted changes'}`
}

/** Of an odd number of runs the middle one, of an even number the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice(
    Math.floor((sorted.length - 1) / 2),
    Math.floor(sorted.length / 2) + 1,
  )
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** CPU time of a process and all its threads, in µs: `schedstat` counts nanoseconds, `stat` only ticks of 10 ms. */
export function cpuOf(pid: number): number {
  let ns = 0
  for (const task of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
  return ns / 1000
}

export type ThreadTime = { readonly name: string; readonly us: number }

/** CPU time of each thread of a process, by its number. */
export function threadsOf(pid: number): ReadonlyMap<string, ThreadTime> {
  const threads = new Map<string, ThreadTime>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const read = (name: string): string =>
      readFileSync(`/proc/${pid}/task/${task}/${name}`, 'latin1').trim()
    threads.set(task, { name: read('comm'), us: Number(read('schedstat').split(' ')[0]) / 1000 })
  }
  return threads
}

const TICK_US = 10_000

/** CPU time of the whole machine that was not idle, in µs, to 10 ms: proc(5) stat, every column but idle and iowait. */
export function cpuOfAll(): number {
  const [, ...columns] = (readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? '').split(/ +/)
  // guest and guest_nice (9 and 10) are counted in user and nice already.
  const busy = columns.slice(0, 8).filter((_, n) => n !== 3 && n !== 4)
  return busy.reduce((sum, value) => sum + Number(value), 0) * TICK_US
}

/** Proportional set size in bytes. */
export function pssOf(pid: number): number {
  const kib = /^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]
  return Number(kib) * 1024
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** The same in every run: its services differ from another's in cost. Its port 22 speaks first. */
export const PERSONA = 'ubuntu-22-04'

/** A sensor is at rest so long after its start: rules loaded, packet path exercised, heap trimmed. */
export const WARM_MS = 8000
