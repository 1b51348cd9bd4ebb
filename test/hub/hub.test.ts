/** The whole way: outbox → uplink → mosquitto → hub → acknowledgement → empty outbox. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import pino from 'pino'
import t from 'tap'
import { openStore } from '../../agent/store/open-store.ts'
import { createUplink } from '../../agent/uplink/mqtt-uplink.ts'
import { BrokerError } from '../../hub/broker.ts'
import { type Hub, startHub } from '../../hub/hub.ts'
import { countingRandom, encoded, SENSOR } from '../agent/store/event-text.ts'
import { freePort, startMosquitto, until } from '../agent/uplink/lab-broker.ts'

type Test = { testdir(): string; teardown(end: () => unknown): void }

const newHub = (state: string, http: number, mqtt: number | string, host = '127.0.0.1') => {
  const warnings: string[] = []
  const { username, uid } = userInfo()
  const started: Promise<Hub> = startHub({
    settings: {
      state,
      listen: { host: '127.0.0.1', port: http },
      mqtt: typeof mqtt === 'string' ? mqtt : { host, port: mqtt },
    },
    user: { name: username, uid },
    random: (bytes) => randomBytes(bytes),
    now: () => Date.now(),
    warn: (message) => warnings.push(message),
    kill: (pid, signal) => process.kill(pid, signal),
  })
  return { started, warnings }
}

const newSensor = (t: Test, directory: string, url: string, ackTimeoutMs = 30_000) => {
  const { store } = openStore(join(directory, 'outbox.db'), { random: countingRandom(), now: 0 })
  const uplink = createUplink({
    url,
    sensor: SENSOR,
    store,
    log: pino({ level: 'silent' }),
    now: () => Date.now(),
    random: () => 0.1,
    ackTimeoutMs,
  })
  t.teardown(async () => {
    await uplink.stop(0)
    store.close()
  })
  return { store, uplink }
}

const get = async (http: number, path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await (await fetch(`http://127.0.0.1:${http}${path}`)).text())
const counts = async (http: number) => (await get(http, '/api/health')).ingest

t.test('20,000 events, each once', async (t) => {
  const [http, mqtt] = [await freePort(), await freePort()]
  const directory = t.testdir({ hub: {} })
  const hub = await newHub(join(directory, 'hub'), http, mqtt).started
  t.teardown(() => hub.stop())
  const { store, uplink } = newSensor(t, directory, hub.mqtt)
  for (let n = 1; n <= 20_000; n++) store.append(encoded(n, 1, { padding: 250 }))
  store.commit()
  const began = performance.now()
  uplink.start()
  await until(() => store.status().depth === 0, 'an empty outbox', 60_000)
  const seconds = (performance.now() - began) / 1000
  t.comment(`${Math.round(20_000 / seconds)} events/s from outbox to hub and back`)
  t.match(await counts(http), { events: 20_000, duplicates: 0, rejectedLines: 0 })
})

t.test('the hub goes and comes: nothing is lost, nothing is counted twice', async (t) => {
  const [http, mqtt] = [await freePort(), await freePort()]
  const directory = t.testdir({ hub: {} })
  const state = join(directory, 'hub')
  let hub = await newHub(state, http, mqtt).started
  const { store, uplink } = newSensor(t, directory, hub.mqtt, 500)
  let next = 1
  const add = (count: number) => {
    for (const end = next + count; next < end; next++) store.append(encoded(next))
    store.commit()
    uplink.nudge()
  }
  uplink.start()
  add(3000)
  await until(() => store.status().settled > 0, 'a beginning')
  await hub.stop()
  add(3000)
  t.ok(store.status().depth >= 3000)
  hub = await newHub(state, http, mqtt).started
  t.teardown(() => hub.stop())
  await until(() => store.status().depth === 0, 'an empty outbox', 30_000)
  const { attackers } = await get(http, '/api/attackers?limit=1000')
  if (!Array.isArray(attackers)) throw new Error('no list')
  const total = attackers.reduce((sum, { events }) => sum + events, 0)
  t.equal(total, 6000)
})

t.test('the broker is killed: it is started again and everything arrives', async (t) => {
  const [http, mqtt] = [await freePort(), await freePort()]
  const directory = t.testdir({ hub: {} })
  const { started, warnings } = newHub(join(directory, 'hub'), http, mqtt)
  const hub = await started
  t.teardown(() => hub.stop())
  const { store, uplink } = newSensor(t, directory, hub.mqtt, 500)
  uplink.start()
  await until(() => uplink.status().connected, 'the sensor')
  const pid = hub.brokerPid() ?? 0
  process.kill(pid, 'SIGKILL')
  for (let n = 1; n <= 1000; n++) store.append(encoded(n))
  store.commit()
  await until(() => store.status().depth === 0, 'an empty outbox', 30_000)
  t.not(hub.brokerPid(), pid)
  t.match(warnings.join('\n'), /mosquitto ended \(SIGKILL\), starting it again/)
  t.match(await counts(http), { events: 1000 })
})

t.test('somebody else’s broker, by its URL', async (t) => {
  const [http, mqtt] = [await freePort(), await freePort()]
  const directory = t.testdir({ hub: {} })
  const broker = await startMosquitto(directory, mqtt)
  t.teardown(() => broker.end())
  const url = `mqtt://user:secret@127.0.0.1:${mqtt}`
  const hub = await newHub(join(directory, 'hub'), http, url).started
  t.teardown(() => hub.stop())
  t.same([hub.mqtt, hub.brokerPid()], [`mqtt://127.0.0.1:${mqtt}`, undefined])
  const { store, uplink } = newSensor(t, directory, hub.mqtt, 500)
  for (let n = 1; n <= 100; n++) store.append(encoded(n))
  store.commit()
  uplink.start()
  await until(() => store.status().depth === 0, 'an empty outbox')
  t.match(await counts(http), { events: 100 })
})

t.test('a sensor writes below its own name only', async (t) => {
  const [http, mqtt] = [await freePort(), await freePort()]
  const state = t.testdir()
  const hub = await newHub(state, http, mqtt).started
  t.equal(hub.passwordFile, undefined, 'on loopback no password is needed')
  const spy = await connectAsync(`mqtt://127.0.0.1:${mqtt}`, {
    clientId: 'spy',
    protocolVersion: 5,
  })
  await t.rejects(spy.publishAsync(`cuttle/v1/${SENSOR}/up/ev`, 'x', { qos: 1 }), /Not authorized/)
  await t.rejects(spy.publishAsync('cuttle/v1/spy/down/ack', 'x', { qos: 1 }), /Not authorized/)
  await spy.publishAsync('cuttle/v1/spy/up/ev', 'x', { qos: 1 })
  await spy.endAsync(true)
  await hub.stop()
  t.equal(statSync(join(state, 'broker')).mode & 0o777, 0o700)
  t.equal(statSync(join(state, 'broker', 'passwords')).mode & 0o777, 0o600)
})

t.test('beyond loopback sensors need the password, which is on no screen', async (t) => {
  if (userInfo().uid !== 0) return void t.comment('skipped: a network namespace takes root')
  const space = `cuttle-hub-${process.pid}`
  const inside = ['ip', 'netns', 'exec', space]
  const sh = (...command: string[]) => spawnSync(command[0] ?? '', command.slice(1)).status
  t.equal(sh('ip', 'netns', 'add', space), 0)
  t.teardown(() => sh('ip', 'netns', 'del', space))
  sh(...inside, 'ip', 'link', 'set', 'lo', 'up')
  sh(...inside, 'ip', 'address', 'add', '198.51.100.9/32', 'dev', 'lo')
  const state = t.testdir()
  const said: string[] = []
  for (let round = 0; round < 2; round++) {
    const hub = run(['--state', state, '--mqtt', '198.51.100.9:1883'], inside)
    const ended = outcome(hub)
    await once(hub.stdout ?? hub, 'data')
    const password = readFileSync(join(state, 'sensor-password'), 'utf8').trim()
    said.push(password)
    const publish = (...more: string[]) =>
      sh(
        ...inside,
        ...'mosquitto_pub -h 198.51.100.9 -i s1 -q 1 -m x -t'.split(' '),
        'cuttle/v1/s1/up/ev',
        ...more,
      )
    t.not(publish(), 0, 'not without')
    t.not(publish('-u', 'sensor', '-P', 'guess'), 0, 'not with another')
    t.equal(publish('-u', 'sensor', '-P', password), 0)
    hub.kill('SIGINT')
    const { code, out, err } = await ended
    t.equal(code, 0)
    t.match(out, '--hub mqtt://sensor:PASSWORD@198.51.100.9:1883')
    t.match(out, join(state, 'sensor-password'))
    t.notOk((out + err).includes(password))
    t.equal(statSync(join(state, 'sensor-password')).mode & 0o777, 0o600)
  }
  t.equal(said[0], said[1], 'the same after a restart')
})

t.test('a port in use is one line with its remedy', async (t) => {
  const [http, mqtt] = [await freePort(), await freePort()]
  const server = createServer().listen(mqtt, '127.0.0.1')
  await once(server, 'listening')
  const reason = await newHub(t.testdir(), http, mqtt).started.catch((error) => error)
  t.ok(reason instanceof BrokerError)
  t.match(reason.message, `--mqtt: 127.0.0.1:${mqtt} is in use; stop what listens there`)
  server.close()
  const other = createServer().listen(http, '127.0.0.1')
  await once(other, 'listening')
  await t.rejects(newHub(t.testdir(), http, mqtt).started, {
    message: /--listen: .* cannot be opened/,
  })
  other.close()
})

const run = (argv: readonly string[], prefix: readonly string[] = []): ChildProcess => {
  const [program = '', ...before] = [...prefix, process.execPath]
  return spawn(
    program,
    [
      ...before,
      '-e',
      `import(${JSON.stringify(join(import.meta.dirname, '../../hub/main.ts'))})
         .then(({ main }) => main(process.argv.slice(1))).then((code) => process.exit(code))`,
      '--',
      ...argv,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
}
/** Empty for a process that has ended, reaped or not. */
const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
const outcome = async (child: ChildProcess) => {
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

t.test(
  'the command: ready in one line, a clean end, and a left-over broker is replaced',
  async (t) => {
    const [http, mqtt] = [await freePort(), await freePort()]
    const state = t.testdir()
    const argv = ['--state', state, '--listen', `127.0.0.1:${http}`, '--mqtt', `127.0.0.1:${mqtt}`]
    const first = run(argv)
    await once(first.stdout ?? first, 'data')
    first.kill('SIGKILL')
    await once(first, 'close')
    const orphan = Number(readFileSync(join(state, 'broker', 'pid'), 'utf8'))
    t.match(commandOf(orphan), /^mosquitto/, 'its broker is still there')
    const second = run(argv)
    const ended = outcome(second)
    await once(second.stdout ?? second, 'data')
    second.kill('SIGTERM')
    const { code, out, err } = await ended
    t.equal(code, 0)
    t.equal(out, `cuttle hub: http://127.0.0.1:${http}  mqtt://127.0.0.1:${mqtt}  state ${state}\n`)
    t.equal(err, '')
    t.equal(commandOf(orphan), '', 'the orphan is gone')
  },
)

t.test('the command: wrong use is 2, and says it all', async (t) => {
  const { code, out, err } = await outcome(run(['--listen', 'x', '--bad']))
  t.equal(code, 2)
  t.equal(out, '')
  t.match(
    err,
    /^cuttle hub: --bad: no such flag.*\ncuttle hub: --state: .*\ncuttle hub: --listen: 'x' is not ADDR:PORT; use .*\n$/,
  )
  t.match(await outcome(run(['--help'])), { code: 0, out: /--mqtt URL/ })
})
