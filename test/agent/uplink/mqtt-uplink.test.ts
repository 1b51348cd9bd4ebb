import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { connectAsync, type MqttClient } from 'mqtt'
import pino from 'pino'
import t from 'tap'
import { topics } from '../../../agent/event.ts'
import { openStore } from '../../../agent/store/open-store.ts'
import type { SqliteStore } from '../../../agent/store/sqlite-store.ts'
import { createUplink, type UplinkOptions } from '../../../agent/uplink/mqtt-uplink.ts'
import { countingRandom, encoded, SENSOR } from '../store/event-text.ts'
import { freePort, startMosquitto, until } from './lab-broker.ts'

const TOPICS = topics(SENSOR)
type Test = { testdir(): string; teardown(end: () => unknown): void }

const newStore = (t: Test, events: number): SqliteStore => {
  const { store } = openStore(join(t.testdir(), 'outbox.db'), { random: countingRandom(), now: 0 })
  for (let n = 1; n <= events; n++) store.append(encoded(n))
  store.commit()
  return store
}

const newUplink = (
  t: Test,
  store: SqliteStore,
  port: number,
  more: Partial<UplinkOptions> = {},
) => {
  const uplink = createUplink({
    url: `mqtt://127.0.0.1:${port}`,
    sensor: SENSOR,
    store,
    log: pino({ level: 'silent' }),
    now: () => Date.now(),
    random: () => 0.1,
    ...more,
  })
  t.teardown(async () => {
    await uplink.stop(0)
    store.close()
  })
  return uplink
}

/** A hub that keeps what it gets in an array and answers only when told to. */
const fakeHub = async (t: Test, port: number, answers = true) => {
  const client: MqttClient = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'hub' })
  const seen = new Map<number, number>()
  const states: string[] = []
  const hub = { client, seen, states, answers, batches: 0, epoch: '' }
  client.on('message', (topic, payload) => {
    if (topic === TOPICS.state) {
      states.push(payload.toString())
      return
    }
    const [head = '', ...lines] = gunzipSync(payload).toString().trimEnd().split('\n')
    const header = JSON.parse(head)
    hub.batches += 1
    hub.epoch = header.epoch
    for (const line of lines) {
      const { sequence } = JSON.parse(line).event
      seen.set(sequence, (seen.get(sequence) ?? 0) + 1)
    }
    if (hub.answers)
      client.publish(TOPICS.ack, JSON.stringify({ epoch: header.epoch, upto: header.last }))
  })
  await client.subscribeAsync([TOPICS.events, TOPICS.state], { qos: 1 })
  t.teardown(() => client.endAsync(true))
  return hub
}

t.test('drains to the hub, each event once; presence and its end', async (t) => {
  const port = await freePort()
  const broker = await startMosquitto(t.testdir(), port)
  t.teardown(() => broker.end())
  const hub = await fakeHub(t, port)
  const store = newStore(t, 5000)
  const uplink = newUplink(t, store, port)
  uplink.start()
  await until(() => store.status().depth === 0, 'an empty outbox')
  t.equal(hub.seen.size, 5000)
  t.ok([...hub.seen.values()].every((times) => times === 1))
  t.match(uplink.status(), { connected: true, sent: 5000, acknowledged: 5000, lastError: '' })
  t.ok(uplink.status().lastAck > 0)
  store.append(encoded(5001))
  store.commit()
  for (let n = 0; n < 100; n++) uplink.nudge()
  await until(() => store.status().depth === 0, 'the nudge')
  await uplink.stop(1000)
  await until(() => hub.states.length === 2, 'birth and end')
  t.same(
    hub.states.map((state) => JSON.parse(state)),
    [true, false].map((online) => ({ online, epoch: store.status().epoch })),
  )
})

t.test('a broker is not a hub: PUBACK deletes nothing, the hub gets all later', async (t) => {
  const port = await freePort()
  const broker = await startMosquitto(t.testdir(), port)
  t.teardown(() => broker.end())
  const store = newStore(t, 3000)
  const uplink = newUplink(t, store, port, { ackTimeoutMs: 300 })
  uplink.start()
  await until(() => uplink.status().sent > 0, 'something sent')
  await until(() => /no hub/.test(uplink.status().lastError), 'the complaint', 2000)
  t.equal(store.status().depth, 3000, 'nothing is deleted')
  const hub = await fakeHub(t, port, false)
  await until(() => hub.seen.size === 3000, 'everything at the hub')
  t.equal(store.status().depth, 3000, 'still nothing: the hub has not answered')
  hub.client.publish(TOPICS.ack, JSON.stringify({ epoch: 'f'.repeat(32), upto: 3000 }))
  hub.client.publish(TOPICS.ack, 'rubbish')
  hub.answers = true
  hub.client.publish(TOPICS.ack, JSON.stringify({ epoch: hub.epoch, upto: 1000 }))
  await until(() => store.status().settled >= 1000, 'the first thousand')
  await until(() => store.status().depth === 0, 'an empty outbox')
})

t.test('resend: the hub asks for what it missed', async (t) => {
  const port = await freePort()
  const broker = await startMosquitto(t.testdir(), port)
  t.teardown(() => broker.end())
  const hub = await fakeHub(t, port, false)
  const store = newStore(t, 10)
  const uplink = newUplink(t, store, port)
  uplink.start()
  await until(() => hub.seen.size === 10, 'the first pass')
  hub.answers = true
  const answer = { epoch: store.status().epoch, upto: 0, resend: true }
  hub.client.publish(TOPICS.ack, JSON.stringify(answer))
  hub.client.publish(TOPICS.ack, JSON.stringify(answer))
  await until(() => store.status().depth === 0, 'the second pass')
  t.equal(hub.seen.get(10), 2, 'two requests at once are one')
})

t.test('a broker that dies and comes back', async (t) => {
  const port = await freePort()
  let broker = await startMosquitto(t.testdir(), port)
  const hub = await fakeHub(t, port)
  const store = newStore(t, 1000)
  const uplink = newUplink(t, store, port, { ackTimeoutMs: 500 })
  uplink.start()
  await until(() => store.status().depth === 0, 'the first thousand')
  await broker.end('SIGKILL')
  await until(() => !uplink.status().connected, 'the loss')
  for (let n = 1001; n <= 2000; n++) store.append(encoded(n))
  store.commit()
  await until(
    () => uplink.status().lastError === `connect ECONNREFUSED 127.0.0.1:${port}`,
    'a readable reason',
  )
  broker = await startMosquitto(t.testdir(), port)
  t.teardown(() => broker.end())
  await until(() => store.status().depth === 0, 'the second thousand')
  t.equal(hub.seen.size, 2000)
  t.ok(uplink.status().connected)
})

t.test('the last will is left when the sensor vanishes', async (t) => {
  const port = await freePort()
  const broker = await startMosquitto(t.testdir(), port)
  t.teardown(() => broker.end())
  const hub = await fakeHub(t, port)
  const store = newStore(t, 1)
  const uplink = newUplink(t, store, port)
  uplink.start()
  await until(() => hub.states.length === 1, 'the birth')
  const thief = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: SENSOR })
  await until(() => hub.states.length >= 2, 'the will')
  t.equal(JSON.parse(hub.states[1] ?? '').online, false)
  await thief.endAsync(true)
})

t.test('falls back to MQTT 3.1.1 where 5 is refused', async (t) => {
  const versions: number[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', (packet) => {
      const version = packet[packet.indexOf('MQTT') + 4] ?? 0
      versions.push(version)
      // CONNACK of 3.1.1: 1 is "unacceptable protocol version".
      if (version === 5) socket.end(Buffer.from([0x20, 2, 0, 1]))
      else socket.write(Buffer.from([0x20, 2, 0, 0]))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const store = newStore(t, 1)
  const uplink = newUplink(t, store, port)
  uplink.start()
  await until(() => uplink.status().connected, 'a connection with 3.1.1')
  t.same(versions, [5, 4])
  for (const socket of sockets) socket.destroy()
  server.close()
})

t.test('nonsense for an address is an error to read, not to die of', async (t) => {
  const uplink = newUplink(t, newStore(t, 1), 0, { url: 'gopher://hub' })
  uplink.start()
  t.match(uplink.status().lastError, /mqtt:\/\/host:port/)
  await uplink.stop(10)
})

t.test('wrong password: the broker’s reason', async (t) => {
  const port = await freePort()
  const broker = await startMosquitto(t.testdir(), port, 'allow_anonymous false\n')
  t.teardown(() => broker.end())
  const uplink = newUplink(t, newStore(t, 1), port)
  uplink.start()
  await until(() => /Not authorized/.test(uplink.status().lastError), 'the reason')
  t.pass(uplink.status().lastError)
})
