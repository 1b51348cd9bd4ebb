/**
 * Gives back what starting up has left on the heap. Loading modules and compiling rules makes tens
 * of megabytes of garbage that V8 collects only under pressure; a device with 512 MB should not wait for it.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { releaseMemory } from './link/ring.ts'

export function trimHeap(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  releaseMemory()
}
