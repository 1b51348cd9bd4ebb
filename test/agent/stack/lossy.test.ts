/** A visitor and the stack over a medium that loses, repeats and reorders; the clock is virtual. */
import { createHash } from 'node:crypto'
import t from 'tap'
import type { Flow } from '../../../agent/stack/flow.ts'
import { Stack } from '../../../agent/stack/stack.ts'
import { Visitor } from './visitor.ts'
import { options, persona, seeded, TestLink, TestWorld } from './world.ts'

const DELAY_MS = 20
const JITTER_MS = 60
const GIVE_UP_MS = 600_000

type Arrival = { at: number; order: number; deliver: () => void }
type Result = { ms: number; stackSent: number; visitorSent: number; sha256: string; ending: string }

/** Reads, writes back, and reads no more while the queue is over its mark. */
function echo(flow: Flow): void {
  let blocked = false
  const pump = (): void => {
    while (!blocked) {
      const bytes = flow.take()
      if (bytes === undefined) {
        if (flow.ended) flow.end()
        return
      }
      if (flow.write(bytes)) continue
      blocked = true
      flow.drained(() => {
        blocked = false
        pump()
      })
    }
  }
  flow.onActivity = pump
}

function talk(bytes: number, loss: number, seed: number): Result {
  const random = seeded(seed)
  const data = Uint8Array.from({ length: bytes }, () => random(256))
  let now = 1000
  let order = 0
  const arrivals: Arrival[] = []
  const medium = (frame: Uint8Array, deliver: (frame: Uint8Array) => void): void => {
    const dice = random(1000)
    if (dice < loss * 10) return
    const copies = random(1000) < loss * 5 ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const late = random(1000) < loss * 10 ? random(JITTER_MS) : 0
      arrivals.push({ at: now + DELAY_MS + late, order: order++, deliver: () => deliver(frame) })
    }
  }
  const world = new TestWorld(persona())
  let ending = 'none'
  let flow: Flow | undefined
  world.onAccept = (accepted) => {
    flow = accepted
    echo(accepted)
  }
  let stackSent = 0
  const link = new TestLink((frame, length) => {
    stackSent++
    medium(frame.slice(0, length), (copy) => visitor.receive(copy, now))
  })
  const stack = new Stack(link, world, options(), now)
  const visitor = new Visitor(data, (frame) =>
    medium(frame, (copy) => stack.receive(copy, 0, copy.length, true, now)),
  )
  visitor.open(now)
  let finished = 0
  while (now < GIVE_UP_MS) {
    if (visitor.done && finished === 0) finished = now
    arrivals.sort((a, b) => a.at - b.at || a.order - b.order)
    const next = Math.min(arrivals[0]?.at ?? GIVE_UP_MS, stack.nextTick, visitor.nextTick)
    if (!Number.isFinite(next) || next >= GIVE_UP_MS) break
    now = Math.max(now, next)
    while (arrivals.length > 0 && (arrivals[0] as Arrival).at <= now) arrivals.shift()?.deliver()
    stack.flush(now)
    if (stack.nextTick <= now) stack.tick(now)
    if (visitor.nextTick <= now) visitor.tick(now)
  }
  ending = flow?.ending ?? 'none'
  const same = visitor.received.equals(data)
  const sha256 = createHash('sha256').update(visitor.received).digest('hex')
  return {
    ms: finished - 1000,
    stackSent,
    visitorSent: visitor.sent,
    sha256: same ? sha256.slice(0, 16) : `corrupt: ${visitor.received.length} of ${bytes}`,
    ending: stack.flows === 0 ? ending : `${ending}, ${stack.flows} left`,
  }
}

t.test('nothing is lost or altered, and it ends', async (t) => {
  const rows: string[] = ['loss% bytes | virtual ms, segments of the stack, of the visitor']
  for (const loss of [0, 1, 5, 20])
    for (const bytes of [0, 1, 1000, 20_000, 200_000]) {
      const result = talk(bytes, loss, bytes + loss)
      const random = seeded(bytes + loss)
      const data = Uint8Array.from({ length: bytes }, () => random(256))
      const sha256 = createHash('sha256').update(data).digest('hex').slice(0, 16)
      t.equal(result.sha256, sha256, `${loss} % of ${bytes} bytes`)
      t.equal(result.ending, 'fin')
      rows.push(
        [
          `${loss}`.padStart(5),
          `${bytes}`.padStart(6),
          '|',
          `${result.ms}`.padStart(6),
          `${result.stackSent}`.padStart(5),
          `${result.visitorSent}`.padStart(5),
        ].join(' '),
      )
    }
  t.matchSnapshot(rows.join('\n'))
})

t.test('many seeds', async (t) => {
  const endings = new Map<string, number>()
  for (let seed = 1; seed <= 60; seed++) {
    const result = talk(30_000, [1, 5, 10, 20][seed % 4] as number, seed)
    if (result.sha256.startsWith('corrupt')) t.fail(`seed ${seed}: ${result.sha256}`)
    endings.set(result.ending, (endings.get(result.ending) ?? 0) + 1)
  }
  t.equal(endings.get('fin'), 60, JSON.stringify([...endings]))
})
