/**
 * `npm run fuzz -- [--runs N] [--seed N]`: frames by chance through the stack, all promises looked at after each.
 * `npm run fuzz -- --frames N [--seed N] [--coverage]`: mutated frames by the million through wire and stack; heap and
 * RSS a hundred times, and with --coverage (slower) what of agent/wire and agent/stack they have reached.
 */

import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Covered } from './coverage.ts'

/** By then tables of fixed size are full, in a run of some millions. */
const SETTLED = 0.5
/** What a heap and a process may differ by between two looks at them, in bytes. */
const HEAP_SLACK = 8e6
const RSS_SLACK = 40e6

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200000' },
    frames: { type: 'string' },
    seed: { type: 'string' },
    coverage: { type: 'boolean', default: false },
  },
})
const count = Number(values.frames ?? values.runs)
const seed = values.seed === undefined ? Date.now() & 0x7fffffff : Number(values.seed)
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  console.error('fuzz: --runs, --frames and --seed are whole numbers')
  process.exit(2)
}
const watched = values.coverage ? await (await import('./coverage.ts')).watchCoverage() : undefined
const { corpusFrames } = await import('./corpus.ts')
const corpus = corpusFrames()
console.log(`seed ${seed}, ${corpus.length} captured frames`)
if (corpus.length === 0) console.log('no ../shared/corpus: made frames only')
const start = performance.now()
const rate = (): string => `${Math.round((count / (performance.now() - start)) * 1000)}/s`
try {
  if (values.frames === undefined) await runs()
  else await frames()
  if (watched !== undefined) show(await watched(/^(?!.*\/test\/).*\/agent\/(wire|stack)\//))
} catch (error) {
  console.error(error)
  process.exitCode = 1
}

async function runs(): Promise<void> {
  const { fuzzStack } = await import('./stack.ts')
  const found = fuzzStack(count, seed, corpus)
  console.log(`${count} runs, ${rate()}; ${found.sent} frames sent`)
  console.log('stats', found.stats)
  console.log('endings', found.endings)
}

async function frames(): Promise<void> {
  const { fuzzFrames } = await import('./frames.ts')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const looks: { done: number; heap: number; rss: number }[] = []
  const found = fuzzFrames(count, seed, corpus, (done) => {
    collect()
    const { heapUsed, rss } = process.memoryUsage()
    looks.push({ done, heap: heapUsed, rss })
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
    if (looks.length % 10 === 0) console.log(`${done}: heap ${mb(heapUsed)} MB, RSS ${mb(rss)} MB`)
  })
  console.log(`${count} frames, ${rate()}; ${found.sent} frames sent; nothing thrown`)
  console.log('stats', found.stats)
  const [settled] = looks.filter(({ done }) => done >= count * SETTLED)
  const last = looks.at(-1)
  if (settled === undefined || last === undefined) return
  const heap = last.heap - settled.heap
  const rss = last.rss - settled.rss
  console.log(
    `since ${settled.done}: heap ${(heap / 1e6).toFixed(2)} MB, RSS ${(rss / 1e6).toFixed(2)} MB`,
  )
  if (heap > HEAP_SLACK || rss > RSS_SLACK) throw new Error('memory grows')
}

function show(covered: readonly Covered[]): void {
  const share = (some: readonly Covered[]): string => {
    const all = some.reduce((sum, { code }) => sum + code, 0)
    return `${((100 * some.reduce((sum, { reached }) => sum + reached, 0)) / all).toFixed(1)} %`
  }
  for (const one of covered)
    console.log(`${share([one]).padStart(8)}  ${one.file}  ${one.missed.join(' ')}`)
  for (const room of ['wire', 'stack'])
    console.log(
      `${room}: ${share(covered.filter(({ file }) => file.includes(`/${room}/`)))} of the code`,
    )
}
