import { once } from 'node:events'
import t from 'tap'
import { FlowSession, MAX_OBSERVATIONS, pauseFor } from '../../agent/session.ts'
import type { Ending, Flow } from '../../agent/stack/flow.ts'
import { Reader } from '../../protocols/reader.ts'
import { persona } from './stack/world.ts'

/** A flow without a stack: what it is given, and what was done to it. */
class FakeFlow implements Flow {
  readonly id = 'f'
  readonly remote = { address: '192.0.2.7', port: 40_000 }
  readonly local = { address: '198.51.100.3', port: 80 }
  readonly persona = persona()
  readonly door = 'persona'
  readonly signature = ''
  readonly scanner = ''
  readonly openedAt = 0
  readonly bytesIn = 0
  readonly bytesOut = 0
  ending: Ending | undefined
  ended = false
  onActivity: (() => void) | undefined
  readonly calls: string[] = []
  room = true
  #inbox: Buffer[] = []
  #ready: (() => void) | undefined
  #drained: (() => void) | undefined

  arrive(text: string): void {
    this.#inbox.push(Buffer.from(text))
    this.#wake()
  }
  finish(ending?: Ending): void {
    this.ended = true
    this.ending = ending
    this.#wake()
    this.drain()
  }
  /** News that are none for a reader. */
  #wake(): void {
    const ready = this.#ready
    this.#ready = undefined
    ready?.()
  }
  spurious(): void {
    this.#wake()
  }
  drain(): void {
    this.room = true
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }
  take(): Buffer | undefined {
    const all = this.#inbox.length === 0 ? undefined : Buffer.concat(this.#inbox)
    this.#inbox = []
    return all
  }
  wait(ready: () => void): void {
    if (this.#inbox.length > 0 || this.ended) ready()
    else this.#ready = ready
  }
  write(bytes: Uint8Array): boolean {
    this.calls.push(Buffer.from(bytes).toString())
    return this.room
  }
  drained(ready: () => void): void {
    if (this.room || this.ending !== undefined) ready()
    else this.#drained = ready
  }
  end(): void {
    this.calls.push('end')
  }
  reset(): void {
    this.calls.push('reset')
  }
}

const session = (flow: Flow, head = ''): FlowSession =>
  new FlowSession(flow, flow, new Reader(flow, Buffer.from(head)), pauseFor, () => undefined)

t.test('a stream begins with what recognition has read, and ends with the flow', async (t) => {
  const flow = new FakeFlow()
  const stream = session(flow, 'head ').stream()
  const seen: string[] = []
  stream.on('data', (bytes: Buffer) => seen.push(bytes.toString()))
  flow.arrive('one ')
  await new Promise(setImmediate)
  flow.spurious()
  flow.spurious()
  flow.arrive('two')
  await new Promise(setImmediate)
  flow.finish()
  await once(stream, 'end')
  t.equal(seen.join(''), 'head one two')
  t.same(flow.calls, [], 'half open: we may go on')
  stream.end('bye')
  await once(stream, 'close')
  t.same(flow.calls.slice(0, 2), ['bye', 'end'])
})

t.test('a stream waits while nobody reads', async (t) => {
  const flow = new FakeFlow()
  const stream = session(flow).stream()
  t.equal(stream.read(), null)
  const big = 'x'.repeat(stream.readableHighWaterMark)
  flow.arrive(big)
  await new Promise(setImmediate)
  flow.arrive('more')
  await new Promise(setImmediate)
  t.equal(flow.take()?.toString(), 'more', 'what is beyond its mark stays in the flow')
  t.equal(String(stream.read()).length, big.length)
})

t.test('a stream waits for room', async (t) => {
  const flow = new FakeFlow()
  flow.room = false
  const stream = session(flow).stream()
  let written = 0
  stream.write('a', () => written++)
  stream.write('b', () => written++)
  await new Promise(setImmediate)
  t.equal(written, 0)
  t.same(flow.calls, ['a'], 'one at a time')
  flow.drain()
  await new Promise(setImmediate)
  t.equal(written, 2)
  t.same(flow.calls, ['a', 'b'])
})

t.test('a flow that ends frees who waits to write', async (t) => {
  const flow = new FakeFlow()
  flow.room = false
  const one = session(flow)
  const written = one.write('a')
  flow.finish('reset')
  await written
  const stream = new FakeFlow()
  stream.room = false
  const duplex = session(stream).stream()
  const done = new Promise((resolve) => duplex.write('a', resolve))
  stream.finish('reset')
  await done
  t.same(stream.calls, ['a'])
})

t.test('a destroyed stream closes the flow', async (t) => {
  const flow = new FakeFlow()
  const stream = session(flow).stream()
  stream.resume()
  await new Promise(setImmediate)
  stream.destroy()
  await once(stream, 'close')
  t.same(flow.calls, ['end'])
  flow.arrive('late')
  flow.finish('fin')
  await new Promise(setImmediate)
  t.ok(stream.destroyed, 'and what comes later harms nobody')
})

t.test('a reader of a session', async (t) => {
  const flow = new FakeFlow()
  const one = session(flow, 'GE')
  const chunk = await one.reader.chunk()
  t.equal(chunk?.toString(), 'GE')
  const next = one.reader.chunk()
  flow.spurious()
  flow.arrive('T')
  t.equal((await next)?.toString(), 'T')
  const last = one.reader.chunk()
  flow.finish('fin')
  t.equal(await last, undefined)
})

t.test('the signal', async (t) => {
  const flow = new FakeFlow()
  const one = session(flow)
  one.abort()
  t.equal(one.signal.aborted, false, 'nobody asked for it before the flow ended')
  one.abort()
  t.equal(one.signal.aborted, true)
  const ended = new FakeFlow()
  ended.finish('idle')
  t.equal(session(ended).signal.aborted, true)
})

t.test('pauses', async (t) => {
  const controller = new AbortController()
  const long = pauseFor(60_000, controller.signal)
  controller.abort()
  await long
  await pauseFor(60_000, controller.signal)
  await pauseFor(0, new AbortController().signal)
  await pauseFor(1, new AbortController().signal)
  t.pass()
})

t.test('reports are bounded', async (t) => {
  let count = 0
  const flow = new FakeFlow()
  const one = new FlowSession(flow, flow, new Reader(flow), pauseFor, () => {
    count++
  })
  for (let i = 0; i < MAX_OBSERVATIONS + 100; i++) one.report({ kind: 'command', text: 'x' })
  t.equal(count, MAX_OBSERVATIONS)
})
