import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { decodeBatch } from '../../hub/batch.ts'
import { HubStore } from '../../hub/store/hub-store.ts'
import { createWeb } from '../../hub/web/server.ts'
import { eventText, type Fields, idOf, SENSOR } from '../agent/store/event-text.ts'

const ROWS: Fields[] = [
  { ip: '192.0.2.1', port: 22, protocol: 'ssh', action: 'credential' },
  { ip: '192.0.2.1', port: 23, protocol: 'telnet', action: 'command' },
  { ip: '192.0.2.2', port: 22, protocol: 'ssh', action: 'connection' },
  { ip: '2001:db8::7', port: 80, protocol: 'http', action: 'request', family: 'Mirai' },
]

const newWeb = (t: { testdir(): string; teardown(end: () => unknown): void }) => {
  const store = new HubStore(join(t.testdir(), 'hub.db'))
  t.teardown(() => store.close())
  const fill = (sensor: string, base: number) => {
    const lines = ROWS.map((row, i) =>
      eventText(base + i, { ...row, sensor }).replace('"event":{', `"event":{"sequence":${i + 1},`),
    )
    const header = JSON.stringify({ v: 1, epoch: 'ab'.repeat(16), first: 1, last: ROWS.length })
    const batch = decodeBatch(sensor, gzipSync([header, ...lines].join('\n')))
    if ('refused' in batch) throw new Error(batch.refused)
    store.commit([batch], Date.UTC(2026, 10, 24, 16))
  }
  fill(SENSOR, 1)
  fill('sensor-002', 101)
  let broker: 'connected' | 'disconnected' = 'connected'
  const web = createWeb({
    store,
    health: () => ({
      broker,
      ingest: {
        batches: 2,
        events: 8,
        duplicates: 0,
        rejectedLines: 0,
        refusedBatches: 0,
        lostBatches: 0,
      },
      streams: store.streams(),
    }),
  })
  t.teardown(() => web.close())
  const ids = async (query: string): Promise<string[]> => {
    const { body } = await web.inject(`/api/events?${query}`)
    return body
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).event.id)
  }
  return { web, ids, lose: () => (broker = 'disconnected') }
}
const idsOf = (...numbers: number[]) => numbers.map(idOf)

t.test('events: newest first, one a line', async (t) => {
  const { web, ids } = newWeb(t)
  const response = await web.inject('/api/events')
  t.match(response.headers['content-type'], /^application\/x-ndjson/)
  t.same(await ids(''), idsOf(104, 103, 102, 101, 4, 3, 2, 1))
})

t.test('events: every filter, alone and together', async (t) => {
  const { ids } = newWeb(t)
  t.same(await ids('source=192.0.2.1'), idsOf(102, 101, 2, 1))
  t.same(await ids('source=2001:db8::7'), idsOf(104, 4))
  t.same(await ids('port=22'), idsOf(103, 101, 3, 1))
  t.same(await ids('protocol=telnet'), idsOf(102, 2))
  t.same(await ids('action=credential'), idsOf(101, 1))
  t.same(await ids(`sensor=${SENSOR}`), idsOf(4, 3, 2, 1))
  t.same(await ids(`sensor=${SENSOR}&port=22&source=192.0.2.2`), idsOf(3))
  t.same(await ids('port=9'), [])
})

t.test('events: pages join without a gap or a repeat', async (t) => {
  const { ids } = newWeb(t)
  const first = await ids('limit=3')
  const second = await ids(`limit=3&before=${first.at(-1)}`)
  const third = await ids(`limit=3&before=${second.at(-1)}`)
  t.same([...first, ...second, ...third], await ids(''))
})

t.test('a wrong query: all faults at once', async (t) => {
  const { web } = newWeb(t)
  const response = await web.inject(
    '/api/events?source=x&port=65536&protocol=%27--&action=dance&sensor=A&before=1&limit=1001&colour=red',
  )
  t.equal(response.statusCode, 400)
  const { faults } = response.json()
  for (const name of [
    'source',
    'port',
    'protocol',
    'action',
    'sensor',
    'before',
    'limit',
    'colour',
  ])
    t.ok(
      faults.some((fault: string) => fault.includes(name)),
      name,
    )
  t.equal((await web.inject('/api/events?port=1&port=2')).statusCode, 400)
  t.equal((await web.inject('/api/attackers?limit=0')).statusCode, 400)
})

t.test('attackers', async (t) => {
  const { web } = newWeb(t)
  const { attackers } = (await web.inject('/api/attackers')).json()
  t.equal(attackers.length, 3)
  t.same(
    attackers.find((attacker: { ip: string }) => attacker.ip === '192.0.2.1'),
    {
      ip: '192.0.2.1',
      first_seen: '2026-11-24T15:00:00.123Z',
      last_seen: '2026-11-24T15:00:00.123Z',
      events: 4,
      ports_count: 2,
      severity: 3,
      verified: true,
      sensors: [SENSOR, 'sensor-002'],
      actions: ['command', 'credential'],
      families: [],
    },
  )
  t.equal((await web.inject('/api/attackers?limit=1')).json().attackers.length, 1)
})

t.test('health: 200 while the broker is there, 503 when not', async (t) => {
  const { web, lose } = newWeb(t)
  const good = await web.inject('/api/health')
  t.equal(good.statusCode, 200)
  t.match(good.json(), {
    status: 'ok',
    sensors: [{ name: SENSOR, upto: 4 }, { name: 'sensor-002' }],
  })
  lose()
  t.equal((await web.inject('/api/health')).statusCode, 503)
})

t.test('every answer carries the security headers, errors too', async (t) => {
  const { web } = newWeb(t)
  for (const url of ['/api/events', '/nothing', '/api/events?limit=x']) {
    const { headers } = await web.inject(url)
    t.equal(headers['x-content-type-options'], 'nosniff', url)
    t.match(headers['content-security-policy'], /default-src 'none'/)
  }
  t.equal((await web.inject({ method: 'POST', url: '/api/events', payload: {} })).statusCode, 404)
})
