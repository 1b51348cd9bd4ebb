/**
 * `cuttle replay FILE`: a capture through the same pipeline. What the visitors sent is recognised and
 * served as if they had come to us; what we would have said is thrown away, time is the capture's.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { monotonicFactory } from 'ulid'
import { protocols } from '../../protocols/index.ts'
import { loadPersona } from '../../rotation/load.ts'
import { roster } from '../../rotation/roster.ts'
import { createFindings } from '../behaviour/findings.ts'
import { loadRules } from '../behaviour/rules.ts'
import { DeferredFindings } from '../deferred-findings.ts'
import type { SensorEvent } from '../event.ts'
import { Fault } from '../fault.ts'
import type { Command } from '../invocation.ts'
import { openReplay } from '../link/replay.ts'
import { parseOptions } from '../options.ts'
import { Pipeline } from '../pipeline.ts'

const usage = `usage: cuttle replay FILE [--persona ID]

FILE: pcap or pcapng. Prints one JSON event a line (ECS names). Exit 1 when the file is cut short or no capture.
`
/** A capture has one machine behind every address: the same on every run. */
const SEED = new Uint8Array(32)
/** Turns of the event loop that services get after the last frame. */
const LAST_TURNS = 200
const SECOND_MS = 1_000

export const replay: Command = {
  name: 'replay',
  summary: 'a capture file through the pipeline',
  usage,
  async run(invocation) {
    const { flags, rest } = parseOptions(invocation.args, {
      persona: { value: true },
      json: { value: false },
    })
    const [path, more] = rest
    if (path === undefined || more !== undefined) throw new Fault(['name one capture file'])
    const id = flags.get('persona')?.[0] ?? 'linux-server'
    const data = roster.find((p) => p.id === id)
    if (data === undefined) throw new Fault([`--persona: no '${id}'; see cuttle persona list`])
    return replayFile(path, {
      data,
      rules: join(invocation.home, 'agent', 'behaviour', 'rules'),
      emit: (event) => invocation.write(`${JSON.stringify(event)}\n`),
      complain: invocation.complain,
    })
  },
}

type ReplayOptions = {
  readonly data: (typeof roster)[number]
  readonly rules: string
  readonly emit: (event: SensorEvent) => void
  readonly complain: (line: string) => void
}

/** Runs the whole file. 0: read to its end; 1: the rest is missing or it is no capture (said through `complain`). */
export async function replayFile(path: string, options: ReplayOptions): Promise<0 | 1> {
  const link = openReplay(path)
  let now = 0
  const persona = loadPersona(options.data, protocols, SEED, [], () => Math.floor(now))
  const ulid = monotonicFactory()
  let drawn = 0
  const findings = new DeferredFindings()
  findings.ready(createFindings(loadRules(options.rules)))
  const pipeline = new Pipeline({
    link,
    protocols,
    persona: () => persona,
    findings,
    stamp: {
      sensor: 'replay',
      id: ulid,
      now: () => Math.floor(now),
      sha256: (bytes) => hash('sha256', bytes, 'hex'),
    },
    clock: () => now,
    // Nothing secret here, and the same on every run.
    random: (bytes) => new Uint8Array(bytes).map(() => (drawn = (drawn * 167 + 13) & 255)),
    silenceMs: undefined,
    pause: () => Promise.resolve(),
    wake: () => setImmediate(() => stack.flush(now)),
    emit: options.emit,
    draft: () => {},
    failed: (flow, protocol, error) =>
      options.complain(
        `cuttle replay: ${protocol} failed in flow ${flow.id}: ${(error as Error).message}`,
      ),
    stack: {
      doors: 'all',
      budgets: { gatesPerSource: 0, gatesPerIdentity: 0 },
      flows: {
        maxFlows: 100_000,
        idleMs: 300 * SECOND_MS,
        totalMs: 86_400 * SECOND_MS,
        maxBytes: 64 * 1024 * 1024,
        timeWaitMs: SECOND_MS,
        trusting: true,
      },
      ownAddress: false,
      gateway: undefined,
      exempt: () => false,
    },
  })
  const { stack } = pipeline
  let second = 0
  // A capture's checksums are often its sender's hardware's business: they are not verified.
  link.open(
    (bytes, offset, length) => {
      now = Math.max(now, link.now())
      stack.receive(bytes, offset, length, false, now)
    },
    () => {
      stack.tick(now)
      if (now - second < SECOND_MS) return
      second = now
      pipeline.second()
    },
  )
  const fault = await link.finished
  await turns(LAST_TURNS)
  stack.flush(now)
  pipeline.finish()
  await turns(LAST_TURNS)
  if (fault === undefined) return 0
  options.complain(`cuttle replay: ${fault.message}`)
  return 1
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done))
}
