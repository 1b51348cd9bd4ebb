/** What every end-to-end test needs: a lab that goes whatever happens, a sensor in it, and what it recorded. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import type { SensorEvent } from '../../agent/event.ts'
import { readStore, type StoreReader } from '../../agent/store/read-store.ts'
import { createLab, type Finished, type Lab, type Machine, SENSOR_ADDRESS } from '../lab/lab.ts'
import { CUTTLE, lacking } from '../lab/processes.ts'

const LOOK_MS = 100
const COMMAND_MS = 20_000
const MANY = 1_000_000

type Teardown = { teardown(action: () => unknown): unknown }

/** Why end-to-end tests cannot run here; false: they can. Also said aloud. */
export function unable(
  t: { comment(text: string): unknown },
  commands: readonly string[],
): string | false {
  const lacks = lacking(['ip', ...commands])
  const reason =
    getuid?.() !== 0
      ? 'network namespaces need root'
      : lacks.length > 0 && `${lacks.join(', ')} not installed`
  if (reason !== false) t.comment(`skipped: ${reason}`)
  return reason
}

export async function lab(t: Teardown): Promise<Lab> {
  const made = await createLab()
  t.teardown(() => made.close())
  return made
}

export function scratch(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'cuttle-e2e-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The executable, run to its end in a lab's machine. */
export const cuttle = (machine: Machine, ...args: string[]): Promise<Finished> =>
  machine.exec(CUTTLE, args, { timeoutMs: COMMAND_MS })

/** Oldest first: what the outbox of `state` holds. */
export const recorded = (state: string): SensorEvent[] =>
  reading(state, (store) => [...store.recent(MANY)].reverse())

export function reading<T>(state: string, read: (store: StoreReader) => T): T {
  const store = readStore(join(state, 'outbox.db'))
  try {
    return read(store)
  } finally {
    store.close()
  }
}

/** Looks until there is something to see. Rejects with `what` after `ms`. */
export async function until<T>(
  what: string,
  ms: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const end = performance.now() + ms; ; ) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await pause(LOOK_MS)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** The payload that a visitor left at `port`, when it is in the outbox. */
export const payloadAt = (state: string, port: number): Promise<SensorEvent> =>
  until(`a payload at port ${port}`, 8_000, () =>
    recorded(state).find(
      ({ event, destination, cuttle }) =>
        event.action === 'connection' && destination?.port === port && cuttle.payload !== undefined,
    ),
  )

/** Sends `text` to a port with netcat's plain TCP, the kernel's own. True: connected, and all of it sent. */
export async function visit(
  machine: Machine,
  port: number,
  text: string,
  { seconds = 3, from = undefined as string | undefined, to = SENSOR_ADDRESS } = {},
): Promise<boolean> {
  const source = from === undefined ? [] : ['-s', from]
  const { stderr } = await machine.exec(
    'nc',
    ['-v', '-n', '-w', String(seconds), '-q', '1', ...source, to, String(port)],
    { timeoutMs: COMMAND_MS, input: text },
  )
  return /succeeded|open/.test(stderr)
}
