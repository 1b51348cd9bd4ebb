/** Protocols of single datagrams: what real clients send, the law of bytes, garbage. */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { datagramProtocols } from '../../protocols/index.ts'
import type { Observation } from '../../protocols/observation.ts'
import type { DatagramProtocol } from '../../protocols/protocol.ts'
import { Malformed } from '../../protocols/reader.ts'
import { identity } from '../talk/session.ts'
import { berRows } from './ber-rows.ts'
import { rows as otherRows, type Row } from './datagram-rows.ts'

const rows = [...otherRows, ...berRows]

const byId = new Map(datagramProtocols.map((protocol) => [protocol.id, protocol]))

function protocolOf({ protocol }: Row): DatagramProtocol {
  const found = byId.get(protocol)
  if (found === undefined) throw new Error(`no ${protocol}`)
  return found
}

/** The visit sends whatever it is given: to keep the law is the service's own part. */
function visit(
  protocol: DatagramProtocol,
  datagram: Buffer,
  settings?: unknown,
  allowance = datagram.length,
) {
  const who = identity()
  const replies: Buffer[] = []
  const observations: Observation[] = []
  let malformed: string | undefined
  try {
    protocol.service(
      settings,
      who,
    )({
      remote: { address: '192.0.2.7', port: 51234 },
      local: { address: '198.51.100.3', port: protocol.ports[0] ?? 4242 },
      identity: who,
      datagram,
      allowance,
      reply(bytes) {
        replies.push(Buffer.from(bytes))
        return true
      },
      report: (observation) => void observations.push(observation),
    })
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault
    malformed = fault.message
  }
  const sent = replies.reduce((sum, reply) => sum + reply.length, 0)
  return { replies, observations, malformed, sent }
}

t.test('every protocol has a request here', async (t) => {
  t.strictSame([...byId.keys()].sort(), [...new Set(rows.map((row) => row.protocol))].sort())
})

for (const row of rows)
  t.test(`${row.protocol}: ${row.name}`, async (t) => {
    const protocol = protocolOf(row)
    const found = datagramProtocols.filter(({ detect }) => detect(row.datagram))
    t.strictSame(
      found.map(({ id }) => id),
      [row.protocol],
      'its own and no other',
    )
    const { replies, observations, malformed } = visit(
      protocol,
      row.datagram,
      row.settings,
      row.allowance,
    )
    t.equal(malformed, undefined)
    t.match(observations, row.seen)
    t.equal(observations.length, row.seen.length)
    t.equal(replies.length, row.answers === undefined ? 0 : 1)
    const [reply = Buffer.alloc(0)] = replies
    if (row.answers instanceof RegExp) t.match(reply.toString('latin1'), row.answers)
    else t.match(reply.toString('hex'), new RegExp(`^${row.answers?.replaceAll(' ', '') ?? ''}$`))
    if (reply.length === 0) return
    // Two servers whose visitors forge each other's addresses: they never talk for ever.
    for (const other of datagramProtocols)
      t.equal(visit(other, reply, undefined, 1000).replies.length, 0, `${other.id} does not answer`)
  })

/** Never more out than in, nothing thrown but Malformed; returns whether it was understood. */
function lawful(
  t: Test,
  protocol: DatagramProtocol,
  datagram: Buffer,
  settings?: unknown,
): boolean {
  const { sent, malformed } = visit(protocol, datagram, settings)
  if (sent > datagram.length) t.fail(`${protocol.id}: ${sent} bytes to ${datagram.toString('hex')}`)
  return malformed === undefined
}

t.test('every prefix of every request, and more than a request', async (t) => {
  for (const row of rows) {
    const protocol = protocolOf(row)
    for (let length = 1; length < row.datagram.length; length++)
      lawful(t, protocol, row.datagram.subarray(0, length), row.settings)
    for (const more of [1, 20, 1000])
      lawful(t, protocol, Buffer.concat([row.datagram, Buffer.alloc(more)]), row.settings)
    t.pass(`${row.protocol}: ${row.name}`)
  }
})

t.test('random datagrams', async (t) => {
  for (const protocol of datagramProtocols)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), (bytes) => {
        protocol.detect(bytes)
        lawful(t, protocol, Buffer.from(bytes))
      }),
      { numRuns: 300 },
    )
  t.pass()
})

t.test('requests with some bytes changed', async (t) => {
  let understood = 0
  const change = fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 }))
  for (const row of rows) {
    const protocol = protocolOf(row)
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const datagram = Buffer.from(row.datagram)
        for (const [at, byte] of changes) datagram[at % datagram.length] = byte
        for (const { detect } of datagramProtocols) detect(datagram)
        if (lawful(t, protocol, datagram, row.settings)) understood++
      }),
      { numRuns: 150 },
    )
  }
  t.ok(understood > 1000, `${understood} of them still are requests`)
})

t.test('what is fresh is fresh, and what is the machine’s own stays', async (t) => {
  const reply = (name: string): string => {
    const row = rows.find((row) => row.name === name)
    if (row === undefined) throw new Error(name)
    const { replies } = visit(protocolOf(row), row.datagram, row.settings, 1000)
    return replies[0]?.toString('latin1') ?? ''
  }
  const nonces = [1, 2].map(() => /nonce="(\w+)"/.exec(reply('REGISTER, and there is'))?.[1])
  t.not(nonces[0], nonces[1])
  const tags = [1, 2].map(() => /tag=as(\w+)/.exec(reply('OPTIONS of a scanner'))?.[1])
  t.not(tags[0], tags[1])
  const search = 'a search with room for the answer'
  t.equal(reply(search), reply(search))
})

t.test('the time is the identity’s', async (t) => {
  const row = rows.find(({ name }) => name === 'a client of version 4')
  if (row === undefined) throw new Error('no row')
  const [reply = Buffer.alloc(0)] = visit(protocolOf(row), row.datagram).replies
  const at = (offset: number): number =>
    reply.readUInt32BE(offset) - 2_208_988_800 + reply.readUInt32BE(offset + 4) / 2 ** 32
  const [set, received, sent] = [at(16), at(32), at(40)]
  t.ok(received >= 784_111_777 && received < 784_111_777.001)
  t.ok(sent >= received && sent - received < 0.001)
  t.ok(set <= received && received - set < 1024)
})

t.test('a faulty setting is named at load', async (t) => {
  const faulty: readonly [string, unknown, RegExp][] = [
    ['dns', { rcode: 'ok' }, /^dns\.rcode: /],
    ['dns', { chaos: 'ok' }, /^dns\.chaos: /],
    ['dns', { version: '\n' }, /^dns\.version: /],
    ['dns', { recursion: 1 }, /^dns\.recursion: /],
    ['dns', { payload: 100 }, /^dns\.payload: /],
    ['ntp', { stratum: 1 }, /^ntp\.stratum: /],
    ['ntp', { precision: 0 }, /^ntp\.precision: /],
    ['snmp', { communities: 'public' }, /^snmp\.communities: /],
    ['snmp', { communities: [5] }, /^snmp\.communities\[0\]: /],
    ['snmp', { description: 'a\nb' }, /^snmp\.description: /],
    ['ssdp', { location: 'http://x/' }, /^ssdp\.location: /],
    ['ssdp', { server: 5 }, /^ssdp\.server: /],
    ['sip', { realm: '"' }, /^sip\.realm: /],
    ['sip', { server: 'a\r\nb' }, /^sip\.server: /],
  ]
  for (const [id, settings, message] of faulty)
    t.throws(() => byId.get(id)?.service(settings, identity()), { name: 'TypeError', message })
  for (const { id, service } of datagramProtocols) {
    t.throws(() => service({ what: 1 }, identity()), {
      name: 'TypeError',
      message: `${id}.what: no such key`,
    })
    t.throws(() => service('text', identity()), { name: 'TypeError' })
  }
})
