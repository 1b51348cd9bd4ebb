import t from 'tap'
import { corpusFrames } from './corpus.ts'
import { fuzzStack } from './stack.ts'

/** What chance must have reached, or the fuzzer tests nothing. */
const REACHED = [
  'syns',
  'synAcks',
  'accepted',
  'segments',
  'strays',
  'resets',
  'aborted',
  'reassembled',
  'otherMac',
  'evictedForBytes',
]

t.test('2,000 runs: nothing throws, all is bounded, counters add up', async (t) => {
  const corpus = corpusFrames()
  if (corpus.length === 0) t.comment('skipped: no ../shared/corpus; made frames only')
  const found = fuzzStack(2000, 1, corpus)
  for (const name of REACHED) t.ok((found.stats[name] ?? 0) > 0, `${name}: ${found.stats[name]}`)
  t.ok(Object.keys(found.endings).length > 2, JSON.stringify(found.endings))
})
