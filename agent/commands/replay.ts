/**
 * `cuttle replay FILE`: a capture through the same pipeline. What the visitors sent is recognised and
 * served as if they had come to us; what we would have said is thrown away, time is the capture's.
 */
import { hash, randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { datagramProtocols, protocols } from '../../protocols/index.ts'
import { loadPersona } from '../../rotation/load.ts'
import { roster } from '../../rotation/roster.ts'
import { createFindings } from '../behaviour/findings.ts'
import type { RuleSet } from '../behaviour/rule.ts'
import { readRules } from '../behaviour/rule-files.ts'
import { Rules } from '../behaviour/rules.ts'
import { DeferredFindings } from '../deferred-findings.ts'
import type { SensorEvent } from '../event.ts'
import { Fault } from '../fault.ts'
import type { Command } from '../invocation.ts'
import { CaptureError } from '../link/capture-source.ts'
import { openReplay, type ReplayLink } from '../link/replay.ts'
import { parseOptions } from '../options.ts'
import { Pipeline } from '../pipeline.ts'
import { connectionEvent, type Stamp } from '../report.ts'
import { Names } from '../stack/names6.ts'
import { ulidFactory } from '../ulid.ts'
import { fitChecksum } from './fit-checksum.ts'

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
    const { flags, rest } = parseOptions(
      invocation.args,
      {
        persona: { value: true },
        json: { value: false },
      },
      1,
    )
    const [path] = rest
    if (path === undefined) throw new Fault(['name one capture file'])
    const id = flags.get('persona')?.[0] ?? 'ubuntu-22-04'
    const data = roster.find((p) => p.id === id)
    if (data === undefined) throw new Fault([`--persona: no '${id}'; see cuttle persona list`])
    return replayFile(path, {
      data,
      rules: readRules(join(invocation.home, 'agent', 'behaviour', 'rules')),
      emit: (event) => invocation.write(`${JSON.stringify(event)}\n`),
      complain: invocation.complain,
    })
  },
}

type ReplayOptions = {
  readonly data: (typeof roster)[number]
  readonly rules: RuleSet
  readonly emit: (event: SensorEvent) => void
  readonly complain: (line: string) => void
}

/** Runs the whole file. 0: read to its end; 1: the rest is missing or it is no capture (said through `complain`). */
export async function replayFile(path: string, options: ReplayOptions): Promise<0 | 1> {
  const link = opened(path, options.complain)
  if (link === undefined) return 1
  let now = link.now()
  const persona = loadPersona(options.data, { protocols, datagramProtocols }, SEED, [], now, () =>
    Math.floor(now),
  )
  const stamp: Stamp = {
    sensor: 'replay',
    id: ulidFactory(randomFillSync),
    now: () => Math.floor(now),
    sha256: (bytes) => hash('sha256', bytes, 'hex'),
  }
  const emit = readable(options.emit)
  let drawn = 0
  const findings = new DeferredFindings()
  findings.ready(createFindings(new Rules(options.rules)))
  const pipeline = new Pipeline({
    link,
    protocols,
    datagramProtocols,
    persona: () => persona,
    findings,
    stamp,
    clock: () => now,
    // Nothing secret here, and the same on every run.
    random: (bytes) => new Uint8Array(bytes).map(() => (drawn = (drawn * 167 + 13) & 255)),
    silenceMs: undefined,
    pause: () => Promise.resolve(),
    wake: () => setImmediate(() => stack.flush(now)),
    emit,
    ended: (flow, protocol, payload, durationMs) =>
      emit(connectionEvent(stamp, flow, protocol, payload, durationMs)),
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
      names: new Names(new Uint8Array(8)),
      exempt: () => false,
    },
  })
  const { stack } = pipeline
  let second = now
  // A capture's checksums are often its sender's hardware's business, or of other addresses: none is verified.
  link.open(
    (bytes, offset, length) => {
      now = Math.max(now, link.now())
      // What was due between two frames happens before the second of them.
      if (now - second >= SECOND_MS) {
        second = now
        stack.tick(now)
        pipeline.second()
      }
      fitChecksum(bytes, offset, length, link.ethernet)
      stack.receive(bytes, offset, length, false, now)
    },
    () => stack.tick(now),
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

/**
 * What follows an SSH key exchange is enciphered for the machine in the capture: that the engine here
 * cannot read it is no fault of the visitor's.
 */
function readable(emit: (event: SensorEvent) => void): (event: SensorEvent) => void {
  const keyed = new Set<string>()
  return (event) => {
    const { flow = '', hassh } = event.cuttle
    if (hassh !== undefined) keyed.add(flow)
    if (event.event.action === 'connection') keyed.delete(flow)
    if (event.event.action !== 'malformed' || !keyed.has(flow)) emit(event)
  }
}

function opened(path: string, complain: (line: string) => void): ReplayLink | undefined {
  try {
    return openReplay(path)
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    complain(`cuttle replay: ${error.message}`)
    return undefined
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done))
}
