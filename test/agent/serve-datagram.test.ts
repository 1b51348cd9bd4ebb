import t from 'tap'
import {
  DatagramServer,
  FAILURES_PER_SECOND,
  OBSERVATIONS_PER_SECOND,
} from '../../agent/serve-datagram.ts'
import { MAX_OBSERVATIONS } from '../../agent/session.ts'
import type { Observation } from '../../protocols/observation.ts'
import type { DatagramProtocol, DatagramService, DatagramVisit } from '../../protocols/protocol.ts'
import { Malformed } from '../../protocols/reader.ts'
import { OPEN, UdpScene, udpPersona } from './stack/udp-scene.ts'

/** Claims what begins with its id. */
const protocol = (id: string, ports: readonly number[] = []): DatagramProtocol => ({
  id,
  transport: 'udp',
  ports,
  detect: (datagram) => Buffer.from(datagram).toString('latin1').startsWith(id),
  service: () => () => {},
})

function scene({
  protocols = [protocol('name'), protocol('time')],
  resident = undefined as string | undefined,
  service = (() => {}) as DatagramService,
} = {}) {
  const told: string[] = []
  const observations: Observation[] = []
  const asked: string[] = []
  const server = new DatagramServer({
    protocols,
    resident: () => resident,
    account: {
      observed: (flow, id, observation) => {
        told.push(`observed ${id} ${flow.localPort}`)
        observations.push(observation)
      },
      failed: (_, id, error) => told.push(`failed ${id} ${(error as Error).message}`),
    },
  })
  const net = new UdpScene(
    {},
    udpPersona({
      datagramService: (id, port) => {
        asked.push(`${id} ${port}`)
        return id === 'unmade' ? undefined : service
      },
    }),
  )
  net.onDatagram = (flow, datagram) => server.serve(flow, datagram)
  return { net, server, told, observations, asked }
}

t.test('by payload where nobody lives; the resident answers whatever comes', async (t) => {
  const home = scene({ resident: 'time' })
  home.net.send(OPEN, 'name?', 0)
  t.same(home.asked, ['time 53'])
  const { net, asked } = scene()
  net.send(OPEN, 'name?', 0)
  net.send(OPEN, 'time?', 1)
  t.same(asked, ['name 53', 'time 53'])
  t.equal(
    net.served[0]?.flow.protocol,
    'name',
    'a flow is of the protocol that was understood first',
  )
  t.ok(net.served[0]?.flow.understood)
})

t.test(
  'of several that claim it: the resident, then one whose port it is, then the first',
  async (t) => {
    const protocols = [protocol('a'), protocol('ab', [OPEN]), protocol('abc')]
    for (const [resident, expected] of [
      ['abc', 'abc 53'],
      ['elsewhere', 'ab 53'],
      [undefined, 'ab 53'],
    ] as const) {
      const { net, asked } = scene({ protocols, resident })
      net.send(OPEN, 'abcd', 0)
      t.same(asked, [expected])
    }
    const { net, asked } = scene({ protocols: [protocol('a'), protocol('abc')] })
    net.send(OPEN, 'abcd', 0)
    t.same(asked, ['a 53'])
  },
)

t.test('what nobody claims is the resident’s; without one it is recorded', async (t) => {
  const home = scene({ resident: 'time' })
  home.net.send(OPEN, '????', 0)
  t.same(home.asked, ['time 53'])
  const none = scene()
  none.net.send(OPEN, '????', 0)
  t.same(none.asked, [])
  const { flow } = none.net.served[0] ?? {}
  t.match(flow, { protocol: 'generic', understood: false })
  none.net.send(OPEN, 'name', 1)
  t.match(
    flow,
    { protocol: 'name', understood: false },
    'one riddle in it is enough to look closer',
  )
  const unmade = scene({ protocols: [protocol('unmade')] })
  unmade.net.send(OPEN, 'unmade', 0)
  t.match(unmade.net.served[0]?.flow, { protocol: 'generic', understood: false })
  t.same(unmade.told, [])
})

t.test('the visit: who, what, and how much may go back', async (t) => {
  const seen: unknown[] = []
  let late: DatagramVisit | undefined
  const { net, observations, told } = scene({
    service: (visit) => {
      late = visit
      seen.push(visit.remote, visit.local, visit.identity.hostname, visit.datagram.toString())
      seen.push(visit.allowance, visit.reply(Buffer.alloc(6)), visit.reply(Buffer.alloc(5)))
      seen.push(visit.allowance)
      visit.report({ kind: 'command', text: 'seen' })
    },
  })
  net.send(OPEN, 'name?', 0)
  t.same(seen, [
    { address: '192.0.2.7', port: 40_000 },
    { address: '198.51.100.3', port: OPEN },
    'linux',
    'name?',
    ...[5, false, true, 0],
  ])
  t.same(told, ['observed name 53'])
  t.same(observations, [{ kind: 'command', text: 'seen' }])
  net.onDatagram = () => {}
  net.send(OPEN, 'more to answer', 1)
  t.same([late?.allowance, late?.reply(Buffer.alloc(1))], [0, false], 'too late')
  late?.report({ kind: 'command', text: 'late' })
  t.equal(told.length, 1)
  t.equal(net.sent.length, 1)
})

t.test('Malformed is an observation, and the flow is served on', async (t) => {
  const { net, observations } = scene({
    service: ({ datagram }) => {
      if (datagram.length > 4) throw new Malformed('too long a name')
    },
  })
  net.send(OPEN, 'name?', 0)
  t.same(observations, [{ kind: 'malformed', reason: 'too long a name' }])
  t.match(net.served[0]?.flow, { protocol: 'name', understood: false, failed: false })
  net.send(OPEN, 'name', 1)
  t.equal(net.served.length, 2)
})

t.test(
  'our bug ends the service of its flow, not the sensor; detect is no exception',
  async (t) => {
    const { net, told, asked } = scene({
      protocols: [
        protocol('name'),
        {
          ...protocol('buggy'),
          detect: () => {
            throw new Error('detect')
          },
        },
      ],
      service: () => {
        throw new TypeError('bug')
      },
    })
    net.send(OPEN, 'name?', 0)
    t.same(told, ['failed generic detect'])
    net.send(OPEN, 'name?', 1)
    t.equal(told.length, 1, 'not again in this flow')
    const other = scene({
      service: () => {
        throw new TypeError('bug')
      },
    })
    other.net.send(OPEN, 'name?', 0)
    other.net.send(OPEN, 'name?', 1)
    t.same([other.told, other.asked, asked], [['failed name bug'], ['name 53'], []])
    other.net.send(OPEN, 'name?', 2, 40_001)
    t.equal(other.told.length, 2, 'another flow')
  },
)

t.test(
  'a flood: so many observations and failures in a second, the others are counted',
  async (t) => {
    const { net, server, told } = scene({
      service: (v) => v.report({ kind: 'command', text: 'x' }),
    })
    for (let i = 0; i < 1000; i++) net.send(OPEN, 'name', 5, 1 + i)
    t.equal(told.length, OBSERVATIONS_PER_SECOND)
    t.equal(server.unsaid, 1000 - OBSERVATIONS_PER_SECOND)
    net.send(OPEN, 'name', 1005, 1)
    t.equal(told.length, OBSERVATIONS_PER_SECOND + 1)
    const bug = scene({
      service: () => {
        throw new Error('bug')
      },
    })
    for (let i = 0; i < 100; i++) bug.net.send(OPEN, 'name', 5, 1 + i)
    t.same([bug.told.length, bug.server.unsaid], [FAILURES_PER_SECOND, 100 - FAILURES_PER_SECOND])
  },
)

t.test('one flow says so much and no more', async (t) => {
  const { net, server, told } = scene({ service: (v) => v.report({ kind: 'command', text: 'x' }) })
  for (let i = 0; i < MAX_OBSERVATIONS + 7; i++) net.send(OPEN, 'name', i * 100)
  t.equal(told.length, MAX_OBSERVATIONS)
  t.equal(server.unsaid, 7)
})
