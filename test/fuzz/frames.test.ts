import t from 'tap'
import { corpusFrames } from './corpus.ts'
import { fuzzFrames } from './frames.ts'

/** What chance must have reached, or the fuzzer tests nothing. */
const REACHED = [
  'malformed',
  'badChecksum',
  'arp',
  'icmp',
  'reassembled',
  'synAcks',
  'accepted',
  'segments',
  'resets',
  'udp served',
  'udp refused',
]

t.test('40,000 mutated frames: nothing throws, counters add up', async (t) => {
  const corpus = corpusFrames()
  if (corpus.length === 0) t.comment('skipped: no ../shared/corpus; made frames only')
  let looks = 0
  const { stats, sent } = fuzzFrames(40_000, 1, corpus, () => looks++)
  t.equal(stats.frames, 40_000)
  t.ok(looks > 5 && sent > 1000, `${looks} looks, ${sent} frames sent`)
  for (const name of REACHED) t.ok((stats[name] ?? 0) > 0, `${name}: ${stats[name]}`)
})
