/** `npm run fuzz -- [--runs N] [--seed N]`: frames by chance through the stack. */
import { parseArgs } from 'node:util'
import { corpusFrames } from './corpus.ts'
import { fuzzStack } from './stack.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200000' }, seed: { type: 'string' } },
})
const runs = Number(values.runs)
const seed = values.seed === undefined ? Date.now() & 0x7fffffff : Number(values.seed)
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('fuzz: --runs and --seed are whole numbers')
  process.exit(2)
}
const corpus = corpusFrames()
console.log(`seed ${seed}, ${runs} runs, ${corpus.length} captured frames`)
const start = performance.now()
try {
  const found = fuzzStack(runs, seed, corpus)
  const seconds = (performance.now() - start) / 1000
  console.log(`${Math.round(runs / seconds)} runs/s, ${found.sent} frames sent`)
  console.log('stats', found.stats)
  console.log('endings', found.endings)
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
