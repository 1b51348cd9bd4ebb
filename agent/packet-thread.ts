/**
 * The packet thread: link, stack, protocols and behaviour in one worker, so that a slow disk or a
 * lost hub never delays a handshake. Events leave it as text, in batches.
 */
import { hash, randomBytes, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { datagramProtocols, protocols } from '../protocols/index.ts'
import { roster } from '../rotation/roster.ts'
import type { RuleSet } from './behaviour/rule.ts'
import { claim } from './claim.ts'
import { monotonic, wallClock } from './clock.ts'
import { ConnectionText } from './connection-text.ts'
import { DeferredFindings } from './deferred-findings.ts'
import type { SensorEvent } from './event.ts'
import { openLink } from './open-link.ts'
import { Pipeline, type PipelineOptions } from './pipeline.ts'
import { worthOf } from './report.ts'
import { household } from './residents.ts'
import { pauseFor } from './session.ts'
import { MAX_HELD_BYTES } from './stack/held.ts'
import { Names } from './stack/names6.ts'
import type { Encoded } from './store/store.ts'
import { TextPage } from './text-page.ts'
import type { FromThread, ThreadInput, ToThread } from './thread-messages.ts'
import { trimHeap } from './trim.ts'
import { ulidFactory } from './ulid.ts'
import { MuteLink, warmUp } from './warm-up.ts'
import { parseAddress } from './wire/ipv4.ts'

/** The engine is large: loaded when the first SYN can already be answered. */
async function findingsOf(rules: RuleSet) {
  const { Rules } = await import('./behaviour/rules.ts')
  const { createFindings } = await import('./behaviour/findings.ts')
  return createFindings(new Rules(rules))
}

/** Events wait so long for company before they cross to the main thread, in ms. */
const BATCH_MS = 50
const SECOND_MS = 1_000
const LATEST_TICK_MS = 3_600_000
/** A server that speaks first does so after this much of a visitor's silence. */
const SILENCE_MS = 40
/** How long a closed connection answers for its last FIN. */
const TIME_WAIT_MS = 10_000

async function run(port: MessagePort, input: ThreadInput): Promise<void> {
  const { config } = input
  const say = (message: FromThread): void => port.postMessage(message)
  const gateway = config.gateway === undefined ? undefined : parseAddress(config.gateway)
  const names = new Names(randomBytes(8))
  const spoken = { protocols, datagramProtocols }
  const { machines, machines6 } = household(config, input, roster, spoken, wallClock)
  const living = new Map([
    ...machines,
    ...machines6.map(({ words, persona }) => [names.nameOf(words), persona] as const),
  ])
  const trouble = (error: Error): void => say({ kind: 'trouble', message: error.message })
  const { link, group, unrecorded } = await openLink(input, trouble)
  // Until all lanes have joined, the kernel would move a source from one to another.
  if (input.lane !== undefined) {
    const go = once(port, 'message')
    say({ kind: 'joined', group })
    await go
  }
  const ulid = ulidFactory(randomFillSync)
  const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

  const page = new TextPage()
  let batchTimer: NodeJS.Timeout | undefined
  const sendBatch = (): void => {
    batchTimer = undefined
    if (page.lines === 0) return
    const lines = page.take()
    const message: FromThread = { kind: 'events', lines }
    port.postMessage(message, [lines.buffer])
  }
  const encode = (event: SensorEvent): Encoded => ({
    value: worthOf(event),
    json: JSON.stringify(event),
  })

  // One reading of the clock serves a whole batch of frames; 0 between batches.
  let now = 0
  let wallOffset = wallClock() - monotonic()
  let waking = false
  let failures = 0
  const findings = new DeferredFindings()
  const wall = (): number => Math.floor((now === 0 ? monotonic() : now) + wallOffset)
  const shared: Omit<PipelineOptions, 'link' | 'wake' | 'emit' | 'ended' | 'draft'> = {
    protocols,
    datagramProtocols,
    persona: (address) => living.get(address),
    findings,
    stamp: {
      sensor: config.name,
      id: ulid,
      now: wall,
      sha256: (bytes) => hash('sha256', bytes, 'hex'),
    },
    clock: monotonic,
    random,
    silenceMs: SILENCE_MS,
    pause: pauseFor,
    failed: (flow, protocol, error) => {
      failures++
      say({
        kind: 'failed',
        flow: flow.id,
        protocol,
        error: String((error as Error).stack ?? error),
      })
    },
    stack: {
      doors: config.doors,
      budgets: {
        gatesPerSource: config.budgets.gates_per_source,
        gatesPerIdentity: config.budgets.gates_per_identity,
      },
      flows: {
        maxFlows: config.flow.max,
        idleMs: config.flow.idle_seconds * SECOND_MS,
        totalMs: config.flow.total_seconds * SECOND_MS,
        maxBytes: config.flow.max_bytes,
        timeWaitMs: TIME_WAIT_MS,
        maxHeldBytes: Math.ceil(MAX_HELD_BYTES / (input.lane?.of ?? 1)),
        trusting: false,
      },
      ownAddress: config.mode === 'own',
      quiet: input.lane?.group !== undefined,
      gateway,
      names,
      exempt: exemption(input.exemptPorts),
    },
  }
  const connections = new ConnectionText(shared.stamp)
  const pipeline = new Pipeline({
    ...shared,
    link,
    wake: () => {
      if (waking) return
      waking = true
      setImmediate(() => {
        waking = false
        pipeline.stack.flush(monotonic())
        arm()
      })
    },
    emit: (event) => {
      const text = JSON.stringify(event)
      const bytes = Buffer.byteLength(text)
      while (!page.begin(worthOf(event), bytes)) sendBatch()
      page.utf8(text)
      page.end()
      batchTimer ??= setTimeout(sendBatch, BATCH_MS)
    },
    ended: (flow, protocol, payload, durationMs) => {
      while (!connections.write(page, flow, protocol, payload, durationMs)) sendBatch()
      batchTimer ??= setTimeout(sendBatch, BATCH_MS)
    },
    draft: (key, event) => say({ kind: 'draft', key, event: event && encode(event) }),
  })
  const { stack } = pipeline

  let timer: NodeJS.Timeout | undefined
  let timerAt = Number.POSITIVE_INFINITY
  const arm = (): void => {
    const next = stack.nextTick
    if (next >= timerAt) return
    clearTimeout(timer)
    timerAt = next
    timer = setTimeout(
      () => {
        timerAt = Number.POSITIVE_INFINITY
        stack.tick(monotonic())
        arm()
      },
      Math.min(Math.max(next - monotonic(), 1), LATEST_TICK_MS),
    )
  }
  link.open(
    (bytes, offset, length, checksums) => {
      if (now === 0) now = monotonic()
      stack.receive(bytes, offset, length, checksums, now)
    },
    () => {
      stack.flush(now === 0 ? monotonic() : now)
      now = 0
      arm()
    },
  )
  const stopClaiming = claim(stack, [...machines.keys()], machines6)
  const everySecond = setInterval(() => {
    wallOffset = wallClock() - monotonic()
    pipeline.second()
  }, SECOND_MS)
  say({ kind: 'ready' })
  /** Nothing of it leaves: not to the wire, not to the outbox. */
  const exercise = async (): Promise<void> => {
    const unsent = new TextPage()
    const [[address, { mac }] = [0, { mac: link.mac }]] = machines
    const mute = new MuteLink(mac)
    const rehearsal = new Pipeline({
      ...shared,
      // Every door open, or the sessions would never begin.
      stack: { ...shared.stack, doors: 'all' },
      link: mute,
      wake: () => {},
      emit: (event) => void encode(event),
      ended: (flow, protocol, payload, durationMs) => {
        while (!connections.write(unsent, flow, protocol, payload, durationMs)) unsent.take()
      },
      draft: () => {},
    })
    await warmUp(rehearsal, mute, address, monotonic)
  }
  const fail = (error: Error): void => say({ kind: 'fault', message: error.message })

  port.on('message', (message: ToThread) => {
    if (message.kind === 'rules') {
      findingsOf(message.rules).then((loaded) => {
        findings.ready(loaded)
        // Kept for the next start even when this one ends by SIGKILL: it is then faster and smaller.
        flushCompileCache()
        exercise().then(trimHeap, fail)
      }, fail)
      return
    }
    if (message.kind === 'page') return page.give(message.memory)
    if (message.kind === 'status')
      return say({
        kind: 'status',
        status: {
          machines: machines.size,
          stack: { ...stack.stats, lostSend: stack.lostSend },
          udp: { ...stack.udp.stats, unsaid: pipeline.datagrams.unsaid },
          link: { ...link.stats() },
          flows: stack.flows,
          failures,
          recordLost: unrecorded(),
          unjudged: findings.lost,
        },
      })
    clearInterval(everySecond)
    clearTimeout(timer)
    stopClaiming()
    pipeline.finish()
    clearTimeout(batchTimer)
    sendBatch()
    void link.close().finally(() => {
      say({ kind: 'stopped' })
      port.close()
    })
  })
}

function exemption(ranges: ThreadInput['exemptPorts']): (port: number) => boolean {
  if (ranges.length === 0) return () => false
  const exempt = new Uint8Array(65_536)
  for (const [first, last] of ranges) exempt.fill(1, first, last + 1)
  return (port) => exempt[port] === 1
}

/** Answers `start` on this port. Runs in a worker, or on the main thread for a link that cannot leave it. */
export function listen(port: MessagePort): void {
  port.once('message', (message: ToThread) => {
    if (message.kind !== 'start') return port.close()
    run(port, message.input).catch((error: unknown) => {
      port.postMessage({ kind: 'fault', message: (error as Error).message } satisfies FromThread)
      port.close()
    })
  })
}

if (parentPort !== null) listen(parentPort)
