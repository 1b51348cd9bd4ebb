/** Sensor, hub and broker are killed under load: what is missing is the sensor's last second, and nothing comes twice. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import t from 'tap'
import type { SensorEvent } from '../../agent/event.ts'
import { type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { type Running, startHub, startSensor } from '../lab/processes.ts'
import { cuttle, lab as makeLab, pause, reading, scratch, unable, until } from './stage.ts'

t.setTimeout(120_000)
const skip = unable(t, ['cc', 'mosquitto'])
const RATE = 300
const IN_FLIGHT = 32
/** One commit a second, the batch of the packet thread, and a busy machine. */
const LAST_SECOND_MS = 1_600

const tool = (name: string): string => fileURLToPath(new URL(`../bench/${name}`, import.meta.url))

/** Numbered payloads, one after the other, until the sensor is gone or `count` have been sent. */
function load(lab: Lab, run: string, count: number) {
  return lab.attacker.exec(
    tool('build/tcpload'),
    [
      ...['-n', String(count), '-c', String(IN_FLIGHT), '--rate', String(RATE), '-t', '2000'],
      ...['--run', run, '-d', '%r-%i\\n', '-k', '0', '--json', SENSOR_ADDRESS],
    ],
    { timeoutMs: 60_000 },
  )
}

async function kill(process_: Running): Promise<void> {
  process.kill(process_.pid, 'SIGKILL')
  await once(process_.child, 'exit')
}

const serials = (run: string, events: readonly string[]): number[] =>
  events
    .flatMap((json) => {
      const text = (JSON.parse(json) as SensorEvent).cuttle.payload?.preview ?? ''
      const found = new RegExp(`${run}-(\\d{10})`).exec(text)?.[1]
      return found === undefined ? [] : [Number(found)]
    })
    .sort((a, b) => a - b)

function atHub(state: string): string[] {
  const database = new Database(join(state, 'hub.db'), { readonly: true })
  try {
    return database.prepare<[], string>('SELECT json FROM events ORDER BY n').pluck().all()
  } finally {
    database.close()
  }
}

t.test('numbered payloads', { skip }, async (t) => {
  execFileSync('bash', [tool('build.sh')])
  const lab = await makeLab(t)
  const state = scratch(t)
  const hubState = scratch(t)
  let hub = await startHub(lab, hubState)
  const options = { state, hub: hub.url }
  let sensor = await startSensor(lab, options)

  await t.test('the sensor is killed: its last second is missing, at most', async (t) => {
    const loading = load(lab, 'first', RATE * 8)
    await pause(4000)
    const killed = Date.now()
    await kill(sensor)
    sensor = await startSensor(lab, options)
    await until('the rest at the hub', 15_000, () => reading(state, (s) => s.status().depth === 0))
    const before = atHub(hubState)
      .map((json) => JSON.parse(json) as SensorEvent)
      .filter(({ '@timestamp': at }) => Date.parse(at) <= killed)
    const seen = serials(
      'first',
      before.map((event) => JSON.stringify(event)),
    )
    t.ok(seen.length > RATE, `${seen.length} before the end`)
    const last = Math.max(...before.map(({ '@timestamp': at }) => Date.parse(at)))
    t.ok(killed - last < LAST_SECOND_MS, `the last one ${killed - last} ms before the end`)
    const highest = seen.at(-1) ?? 0
    const missing = highest + 1 - new Set(seen).size
    t.ok(missing <= IN_FLIGHT, `${missing} missing below the last: no more than were under way`)
    t.equal(new Set(seen).size, seen.length, 'none twice')
    await loading
  })
  await t.test('hub and broker are killed: all of it arrives once', async (t) => {
    const count = RATE * 12
    const loading = load(lab, 'second', count)
    await pause(1500)
    const broker = Number(readFileSync(join(hubState, 'broker', 'pid'), 'utf8'))
    process.kill(broker, 'SIGKILL')
    await pause(3000)
    await kill(hub)
    await pause(2000)
    hub = await startHub(lab, hubState)
    t.equal(hub.url, options.hub, 'the same hub to the sensor')
    const { handshakes } = JSON.parse((await loading).stdout) as { handshakes: number }
    t.equal(handshakes, count, 'no visitor noticed')
    await pause(2500)
    await until('all at the hub', 30_000, () => reading(state, (s) => s.status().depth === 0))
    const events = atHub(hubState)
    const seen = serials('second', events)
    t.equal(seen.length, count)
    t.equal(new Set(seen).size, count, 'each once')
    await sensor.stop()
    const { lastSequence, settled } = reading(state, (s) => s.status())
    t.equal(settled, lastSequence, 'the hub has the last word of the sensor too')
    t.equal(atHub(hubState).length, lastSequence, 'as many as the sensor ever counted')
    const status = await cuttle(lab.sensor, 'status', '--state', state)
    t.equal(status.code, 1)
    t.match(status.stdout, /^sensor +not running\noutbox +0 events/)
  })
  await hub.stop()
})
