/** `cuttle events`: what the outbox holds, newest last; it reads beside the running sensor. */
import type { SensorEvent } from '../event.ts'
import { Fault } from '../fault.ts'
import type { Command, Invocation } from '../invocation.ts'
import { parseOptions } from '../options.ts'
import { line } from './event-line.ts'
import { openOutbox } from './outbox.ts'

const FOLLOW_MS = 500
const USUAL = 50
const MOST = 1_000_000
const usage = `usage: cuttle events [--state DIR] [--limit N] [--follow] [--json]

What waits in the outbox for the hub (events leave it when the hub has them). --limit: default ${USUAL}.
`

export const events: Command = {
  name: 'events',
  summary: 'what the outbox holds',
  usage,
  async run(invocation) {
    const { flags } = parseOptions(invocation.args, {
      state: { value: true },
      limit: { value: true },
      follow: { value: false },
      json: { value: false },
    })
    const limit = Number(flags.get('limit')?.[0] ?? USUAL)
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
      throw new Fault([`--limit: use a number from 1 to ${MOST}`])
    const state = flags.get('state')?.[0] ?? invocation.env.CUTTLE_STATE ?? '/var/lib/cuttle'
    const show = flags.has('json') ? (e: SensorEvent) => `${JSON.stringify(e)}\n` : line
    const store = openOutbox(state)
    try {
      let last = print(invocation, store.recent(limit), show, 0)
      if (!flags.has('follow')) return 0
      let stopped = false
      invocation.onStop(() => {
        stopped = true
      })
      while (!stopped) {
        await new Promise((done) => setTimeout(done, FOLLOW_MS))
        last = print(invocation, store.recent(MOST, last), show, last)
      }
    } finally {
      store.close()
    }
    return 0
  },
}

function print(
  invocation: Invocation,
  newestFirst: readonly SensorEvent[],
  show: (event: SensorEvent) => string,
  last: number,
): number {
  for (const event of newestFirst.toReversed()) invocation.write(show(event))
  return newestFirst[0]?.event.sequence ?? last
}
