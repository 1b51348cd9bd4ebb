/**
 * Loaded into the sensor beside its own code (NODE_OPTIONS=--import): what its packet threads wait for. Once a second a line of
 * JSON to $CUTTLE_BENCH_PROBE.<thread>: the latest timer, every garbage collection and the wait for a core in that second, in ms.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { isMainThread, threadId } from 'node:worker_threads'

export type Second = {
  readonly at: number
  readonly late: number
  readonly gc: readonly number[]
  readonly waited: number
}

const RESOLUTION_MS = 5
const EVERY_MS = 1000
/** From the sensor's start: when it is warm, for so long, in ms. */
export const PROFILE_AFTER_MS = 12_000
export const PROFILE_MS = 8000
const { CUTTLE_BENCH_PROBE: path, CUTTLE_BENCH_PROFILE: profiles } = process.env

if (!isMainThread && path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let gc: number[] = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gc.push(duration)
  }).observe({ entryTypes: ['gc'] })
  delay.enable()
  // Linux, sched-stats: time on a core, time waiting for one.
  const waitedMs = (): number =>
    Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1e6
  let before = waitedMs()
  setInterval(() => {
    // What is measured is the time between two timers.
    const late = Math.max(delay.max / 1e6 - RESOLUTION_MS, 0)
    const waited = waitedMs()
    const second: Second = { at: Date.now(), late, gc, waited: waited - before }
    before = waited
    appendFileSync(`${path}.${threadId}`, `${JSON.stringify(second)}\n`)
    delay.reset()
    gc = []
  }, EVERY_MS).unref()
}

if (profiles !== undefined) {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  setTimeout(() => {
    session.post('Profiler.start')
    setTimeout(() => {
      session.post('Profiler.stop', (_, { profile }) => {
        const thread = isMainThread ? 'main' : `packets${threadId}`
        writeFileSync(`${profiles}/${thread}.cpuprofile`, JSON.stringify(profile))
      })
    }, PROFILE_MS).unref()
  }, PROFILE_AFTER_MS).unref()
}
