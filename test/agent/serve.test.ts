import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { MAX_PAYLOAD_BYTES, Server } from '../../agent/serve.ts'
import type { Ending, Flow } from '../../agent/stack/flow.ts'
import type { Observation } from '../../protocols/observation.ts'
import type { Protocol, Service } from '../../protocols/protocol.ts'
import { Malformed } from '../../protocols/reader.ts'
import { persona } from './stack/world.ts'

const SILENCE_MS = 10

/** Says yes to 'hello', waits for the rest of it, no to all others. */
const protocol = (id: string, greets: boolean): Protocol => ({
  id,
  transport: 'tcp',
  ports: [],
  greets,
  detect: (head) => {
    const text = Buffer.from(head).toString('latin1')
    if (text.startsWith(id)) return 'yes'
    return id.startsWith(text) ? 'more' : 'no'
  },
  service: () => async () => {},
})

function scene({
  greeter = '',
  service = (async () => {}) as Service,
  silenceMs = SILENCE_MS,
} = {}) {
  const told: string[] = []
  const observations: Observation[] = []
  const server = new Server({
    protocols: [protocol('hello', false), protocol('greet', true)],
    silenceMs,
    pause: () => Promise.resolve(),
    residentFirst: false,
    account: {
      observed: (_, id, observation) => {
        told.push(`observed ${id}`)
        observations.push(observation)
      },
      ended: (_, id, payload) => told.push(`ended ${id} ${payload.length}`),
      failed: (_, id, error) => told.push(`failed ${id} ${(error as Error).message}`),
    },
  })
  const inbox: Buffer[] = []
  let ready: (() => void) | undefined
  const flow: Flow & { ending: Ending | undefined; ended: boolean } = {
    id: 'f',
    remote: { address: '192.0.2.7', port: 40_000 },
    local: { address: '198.51.100.3', port: 80 },
    persona: {
      ...persona(),
      greeter: () => greeter || undefined,
      service: (id) => (id === 'hello' || id === 'greet' ? service : undefined),
    },
    door: 'persona',
    signature: '',
    scanner: '',
    openedAt: 0,
    bytesIn: 0,
    bytesOut: 0,
    ending: undefined,
    ended: false,
    onActivity: undefined,
    take: () => (inbox.length === 0 ? undefined : Buffer.concat(inbox.splice(0))),
    wait: (call) => {
      if (inbox.length > 0 || flow.ended) call()
      else ready = call
    },
    write: () => true,
    drained: (call) => call(),
    end: () => {
      told.push('end')
    },
    reset: () => {},
  }
  const news = (): void => {
    flow.onActivity?.()
    const call = ready
    ready = undefined
    call?.()
  }
  server.accept(flow)
  return {
    told,
    observations,
    arrive(text: string) {
      inbox.push(Buffer.from(text))
      news()
    },
    fin() {
      flow.ended = true
      news()
    },
    gone(ending: Ending) {
      flow.ended = true
      flow.ending = ending
      news()
    },
  }
}

t.test('recognised when the head settles it, served once, accounted once', async (t) => {
  let seen = ''
  const { told, arrive, gone } = scene({
    service: async ({ reader }) => {
      seen = ((await reader.chunk()) ?? '').toString()
    },
  })
  arrive('hel')
  t.same(told, [])
  arrive('lo')
  await pause(1)
  t.equal(seen, 'hello', 'the service reads from the first byte on')
  gone('fin')
  gone('fin')
  t.same(told, ['end', 'ended hello 5'])
})

t.test('a visitor that nobody knows is listened to, and heard', async (t) => {
  const { told, arrive, fin, gone } = scene()
  arrive('x'.repeat(100))
  arrive('y'.repeat(3 * MAX_PAYLOAD_BYTES))
  t.same(told, [])
  fin()
  gone('fin')
  t.same(told, ['end', `ended generic ${MAX_PAYLOAD_BYTES}`])
})

t.test('a handshake without a byte is an event too', async (t) => {
  const { told, gone } = scene()
  gone('reset')
  t.match(told, ['end', 'ended generic 0'])
})

t.test('half a head and gone: what came is kept', async (t) => {
  const { told, arrive, gone } = scene()
  arrive('hel')
  gone('reset')
  t.equal(told.at(-1), 'ended generic 3')
})

t.test('who lives at the port speaks first, unless the visitor does', async (t) => {
  const silent = scene({
    greeter: 'greet',
    service: async (session) => session.report({ kind: 'malformed', reason: 'x' }),
  })
  await pause(4 * SILENCE_MS)
  t.same(silent.told, ['observed greet', 'end'])
  const loud = scene({ greeter: 'greet' })
  loud.arrive('hello')
  await pause(4 * SILENCE_MS)
  loud.gone('fin')
  t.equal(loud.told.at(-1), 'ended hello 5')
  const left = scene({ greeter: 'greet' })
  left.gone('reset')
  await pause(4 * SILENCE_MS)
  t.same(
    left.told.filter((line) => line.startsWith('ended')),
    ['ended generic 0'],
  )
  const patient = scene({ greeter: 'hello' })
  await pause(4 * SILENCE_MS)
  t.same(patient.told, [], 'who does not greet waits')
})

t.test('what is malformed is an observation, what is our bug is a failure', async (t) => {
  const bad = scene({
    service: async () => {
      throw new Malformed('nonsense')
    },
  })
  bad.arrive('hello')
  await pause(1)
  t.same(bad.observations, [{ kind: 'malformed', reason: 'nonsense' }])
  t.same(bad.told, ['observed hello', 'end'])
  const bug = scene({
    service: async () => {
      throw new TypeError('ours')
    },
  })
  bug.arrive('hello')
  await pause(1)
  t.same(bug.told, ['failed hello ours', 'end'])
  bug.gone('fin')
  t.equal(bug.told.at(-1), 'ended hello 5', 'its event all the same')
})
