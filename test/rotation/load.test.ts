import { Buffer } from 'node:buffer'
import t from 'tap'
import { datagramProtocols, protocols } from '../../protocols/index.ts'
import { PersonaFault } from '../../rotation/data.ts'
import { loadPersona } from '../../rotation/load.ts'
import { roster } from '../../rotation/roster.ts'

const seed = Buffer.alloc(32, 7)
const NOW = 1_700_000_000_000
const now = () => NOW
const spoken = { protocols, datagramProtocols }

t.test('every machine of the roster loads, and is one machine', async (t) => {
  t.equal(new Set(roster.map(({ id }) => id)).size, roster.length)
  for (const data of roster) {
    const persona = loadPersona(data, spoken, seed, [8081], NOW, now)
    const again = loadPersona(data, spoken, seed, [8081], NOW, now)
    const other = loadPersona(data, spoken, Buffer.alloc(32, 8), [8081], NOW, now)
    const own = Object.keys(data.ports).map(Number)
    t.same(persona.mac, again.mac, data.id)
    t.equal(persona.identity.id, again.identity.id)
    t.equal(persona.identity.hostname, again.identity.hostname)
    t.not(persona.identity.id, other.identity.id)
    t.notSame(persona.mac, other.mac)
    t.ok(
      data.vendor.prefixes.includes(
        Buffer.from(persona.mac.subarray(0, 3))
          .toString('hex')
          .replace(/(..)(?!$)/g, '$1:'),
      ),
    )
    t.equal((persona.mac[0] ?? 1) & 1, 0, 'no multicast address')
    t.match(
      persona.identity.hostname,
      new RegExp(
        `^${data.hostname.pattern.replaceAll('#', '[A-Z0-9]').replaceAll('%', '\\d').replaceAll('$', '[0-9a-f]')}$`,
      ),
    )
    t.same([...persona.openPorts].sort(), [...own, 8081].sort())
    t.ok(persona.openPorts.size <= 15, 'what no scanner takes for a pseudo-service')
    for (const port of own) {
      t.equal(persona.door('tcp', port), 'open')
      t.equal(persona.greeter(port), data.ports[port]?.protocol)
    }
    t.equal(persona.door('tcp', 113), 'closed', 'nmap needs one closed port')
    for (const port of Object.keys(data.udp).map(Number)) t.equal(persona.door('udp', port), 'open')
    t.not(persona.door('udp', 9), 'open')
    t.equal(persona.door('tcp', 8081), data.closed, 'a demand-driven port is the doors’ business')
    t.not(
      persona.service('http', 8081),
      persona.service('http', 80),
      'and says nothing of its own port',
    )
    for (const protocol of protocols) t.ok(persona.service(protocol.id, 1), protocol.id)
  }
})

t.test('every fault in the data at once', async (t) => {
  const [data] = roster
  if (data === undefined) throw new Error('an empty roster')
  const source = 'a test of faults'
  const bad = {
    ...data,
    ports: {
      0: { protocol: 'http', source },
      70000: { protocol: 'http', source },
      81: { protocol: 'http', source: '' },
    },
  }
  t.throws(() => loadPersona(bad, spoken, seed, [], NOW, now), PersonaFault)
  t.throws(() => loadPersona(bad, spoken, seed, [], NOW, now), {
    message: /ports\.0: not a port.*ports\.81\.source: say where.*ports\.70000: not a port/,
  })
  const unknown = {
    ...data,
    ports: {
      70: { protocol: 'gopher', source },
      80: { protocol: 'http', settings: { server: 5 }, source },
    },
  }
  t.throws(() => loadPersona(unknown, spoken, seed, [], NOW, now), {
    message: /ports\.70\.protocol: no protocol 'gopher'; ports\.80\.settings: http: /,
  })
})
