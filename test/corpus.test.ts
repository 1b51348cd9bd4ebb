/** Strangers' captures, read in place: every one replays, and ours tell what their publishers found in them. */
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CORPUS, expectations } from './traces/expected.ts'
import { type Replayed, replayCapture } from './traces/golden.ts'
import { natureOf } from './traces/nature.ts'

/** Of one capture; the slowest of the corpus takes a twentieth of it. */
const MAX_REPLAY_MS = 10_000
/** Facts found when this was last looked at: fewer is a regression. */
const LEAST_HITS = 121

const captures = existsSync(CORPUS)
  ? globSync('**/*.{pcap,pcapng,cap}', { cwd: CORPUS })
      .filter((name) => !name.endsWith('/pcap'))
      .sort()
  : []
if (captures.length === 0) t.comment('skipped: no ../shared/corpus')
const skip = captures.length === 0 ? 'no ../shared/corpus' : false
const replayed = new Map<string, Replayed>()

t.test('every capture replays', { skip }, async (t) => {
  const slow: string[] = []
  const failed: string[] = []
  for (const name of captures) {
    const began = performance.now()
    const replay = await replayCapture(join(CORPUS, name))
    if (performance.now() - began > MAX_REPLAY_MS) slow.push(name)
    failed.push(...replay.complaints.filter((line) => line.includes(' failed in flow ')))
    replayed.set(name, replay)
  }
  t.same(slow, [], `none takes longer than ${MAX_REPLAY_MS} ms`)
  t.same(failed, [], 'no service fails')
})

t.test('what is known of them is told', { skip }, async (t) => {
  const misses: string[] = []
  let hits = 0
  for (const { file, facts } of expectations()) {
    const replay = replayed.get(file)
    if (replay === undefined) continue
    const lost = facts.filter((fact) => !fact.holds(replay.events))
    hits += facts.length - lost.length
    t.comment(`${file}: ${facts.length - lost.length} of ${facts.length}`)
    for (const { text } of lost) misses.push(`${file}: ${text}: ${why(file, replay)}`)
  }
  for (const miss of misses) t.comment(`miss: ${miss}`)
  t.ok(hits >= LEAST_HITS, `${hits} facts told, ${misses.length} missed; at least ${LEAST_HITS}`)
})

/** The first reason that fits. */
function why(file: string, { events, complaints }: Replayed): string {
  if (complaints.length > 0) return complaints.join('; ')
  const visits = events.filter(({ event }) => event.action === 'connection')
  if (visits.length === 0) return natureOf(join(CORPUS, file))
  const broken = events.filter(({ event }) => event.action === 'malformed')
  if (broken.length > 0)
    return `malformed here: ${[...new Set(broken.map(({ message }) => message))].join(', ')}`
  const seen = visits.map(({ network, source }) => `${network?.protocol}, ${source?.bytes} bytes`)
  return `seen: ${[...new Set(seen)].slice(0, 3).join('; ')}`
}
