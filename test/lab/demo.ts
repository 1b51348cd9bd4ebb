/** Sensor, hub and an attacker with real clients, each a machine of its own on this one; and what became of every attack. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { type AddressInfo, createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { SensorEvent } from '../../agent/event.ts'
import { ATTACKS, type Outcome, TOOLS } from './attacks.ts'
import { createLab, HUB_ADDRESS, type Lab } from './lab.ts'
import { CUTTLE, HUB_HTTP_PORT, lacking, startHub, startSensor } from './processes.ts'
import { arrived, eventLine, painter, type Row, table } from './show.ts'

export type DemoOptions = {
  /** Everything stays up until `signal`. */
  readonly keep: boolean
  /** Nothing but the summary, as one JSON object. */
  readonly json: boolean
  readonly colours: boolean
  readonly runtime: string
  readonly write: (text: string) => void
  readonly complain: (line: string) => void
  /** The operator has seen enough. */
  readonly signal: AbortSignal
}

const LOOK_MS = 500
/** A scan is one event a minute: the last one needs that long to be complete. */
const ARRIVAL_MS = 75_000
/** As many as one request, and as the outbox here ever holds. */
const EVENTS = 1000
const PREFERRED_PORT = 8080

/** Resolves to the exit code: 0 when the hub knows of everything that was sent. */
export async function demo(options: DemoOptions): Promise<0 | 1> {
  const lacks = lacking(['ip', 'mosquitto', ...TOOLS])
  if (lacks.length > 0) {
    options.complain(`cuttle demo: ${lacks.join(', ')} not found; run sudo ./install.sh demo`)
    return 1
  }
  const scratch = mkdtempSync(join(tmpdir(), 'cuttle-demo-'))
  const began = performance.now()
  let lab: Lab | undefined
  let front: Server | undefined
  try {
    lab = await createLab({ signals: false })
    const closing = lab
    options.signal.addEventListener('abort', () => void closing.close(), { once: true })
    const say = (text: string): void => options.write(options.json ? '' : `${text}\n`)
    say('Three machines in network namespaces, none joined to yours: attacker, sensor, hub.')
    const hub = await startHub(lab, join(scratch, 'hub'))
    const socket = await openRelay(lab, scratch, options.runtime)
    front = await serveHub(socket)
    const address = `http://127.0.0.1:${(front.address() as AddressInfo).port}/`
    say(`The hub is up; its API, while this runs: ${address}api/events`)
    const state = join(scratch, 'sensor')
    await startSensor(lab, { state, name: 'demo', hub: hub.url })
    say('The sensor is up, every port open. What the hub hears:\n')

    const known = new Map<string, SensorEvent>()
    const paint = painter(options.colours)
    const look = async (): Promise<void> => {
      for (const event of (await atHub(socket)).toReversed()) {
        if (known.has(event.event.id)) continue
        known.set(event.event.id, event)
        // Bare connections say nothing that the events within them do not.
        if (event.event.action !== 'connection') say(eventLine(event, paint))
      }
    }
    const outcomes: Outcome[] = []
    const attacking = attack(lab, scratch, options, outcomes)
    for (let done = false; !done && !options.signal.aborted; ) {
      done = await Promise.race([attacking.then(() => true), pause(LOOK_MS).then(() => false)])
      await look()
    }
    const rows = (recorded: readonly SensorEvent[]): Row[] =>
      outcomes.map((outcome, n) => ({
        title: ATTACKS[n]?.title ?? '',
        ...outcome,
        recorded: told(n, recorded),
        hub: told(n, [...known.values()]),
      }))
    for (let waited = 0; waited < ARRIVAL_MS && !rows([]).every(arrived); waited += LOOK_MS) {
      if (options.signal.aborted) return 1
      await pause(LOOK_MS)
      await look()
    }
    const summary = rows(await recordedBy(lab, state, known))
    const ok = summary.length === ATTACKS.length && summary.every(arrived)
    const seconds = Math.round((performance.now() - began) / 1000)
    if (options.json) options.write(`${JSON.stringify({ ok, seconds, attacks: summary })}\n`)
    say(`\n${table(summary, paint)}\n`)
    say(
      ok
        ? paint('green', `Everything arrived, in ${seconds} s.`)
        : paint('red', 'Not everything arrived.'),
    )
    if (!options.keep) {
      say(
        'Look further: sudo ./cuttle demo --keep leaves all of it up; then curl its /api/events and /api/attackers.',
      )
      return ok ? 0 : 1
    }
    say(
      `All of it stays up until Ctrl-C. The hub: ${address}api/events and ${address}api/attackers`,
    )
    say(`  curl '${address}api/events?limit=5'`)
    say(`  ip netns exec ${lab.attacker.name} bash      # be the attacker`)
    say(`  ip netns exec ${lab.sensor.name} ${CUTTLE} status --state ${state}`)
    if (!options.signal.aborted) await once(options.signal, 'abort')
    return ok ? 0 : 1
  } catch (error) {
    if (!options.signal.aborted) options.complain(`cuttle demo: ${(error as Error).message}`)
    return 1
  } finally {
    front?.close()
    front?.unref()
    await lab?.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function attack(
  lab: Lab,
  scratch: string,
  options: DemoOptions,
  outcomes: Outcome[],
): Promise<void> {
  for (const { run } of ATTACKS) {
    if (options.signal.aborted) return
    outcomes.push(await run(lab, scratch, options.runtime))
  }
}

const told = (n: number, events: readonly SensorEvent[]): number => ATTACKS[n]?.told(events) ?? 0

/** What the sensor recorded: what it still holds, and what it has given away because the hub has it. */
async function recordedBy(
  lab: Lab,
  state: string,
  delivered: ReadonlyMap<string, SensorEvent>,
): Promise<SensorEvent[]> {
  const { stdout } = await lab.sensor.exec(CUTTLE, [
    ...['events', '--json', '--state', state, '--limit', String(EVENTS)],
  ])
  const held = lines(stdout)
  return [
    ...new Map([...delivered, ...held.map((event) => [event.event.id, event] as const)]).values(),
  ]
}

const lines = (text: string): SensorEvent[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SensorEvent)

/** Newest first. */
function atHub(socket: string): Promise<SensorEvent[]> {
  return new Promise((resolve, reject) => {
    get({ socketPath: socket, path: `/api/events?limit=${EVENTS}` }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (more: string) => {
        text += more
      })
      response.on('end', () => {
        if (response.statusCode !== 200)
          reject(new Error(`the hub says ${response.statusCode}: ${text}`))
        else resolve(lines(text))
      })
    }).on('error', reject)
  })
}

/** The path of a Unix socket that leads to the hub's HTTP port. */
async function openRelay(lab: Lab, scratch: string, runtime: string): Promise<string> {
  const path = join(scratch, 'hub.sock')
  const script = fileURLToPath(new URL('relay.ts', import.meta.url))
  const relay = lab.hub.spawn(runtime, [script, path, HUB_ADDRESS, String(HUB_HTTP_PORT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (relay.stdout !== null) await once(relay.stdout, 'data')
  return path
}

/** On this machine's loopback only. */
async function serveHub(socket: string): Promise<Server> {
  for (const port of [PREFERRED_PORT, 0]) {
    const server = createServer((near) => {
      const far = createConnection(socket)
      pipeline(near, far, near, () => {})
      server.once('close', () => near.destroy())
    })
    server.listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
      return server
    } catch {
      // Taken: any other will do.
    }
  }
  throw new Error('no free port on 127.0.0.1')
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
