import { Buffer } from 'node:buffer'
import t from 'tap'
import { protocols } from '../../protocols/index.ts'
import { loadPersona, PersonaFault } from '../../rotation/load.ts'
import { roster } from '../../rotation/roster.ts'

const seed = Buffer.alloc(32, 7)
const now = () => 1_700_000_000_000

t.test('every machine of the roster loads, and is one machine', async (t) => {
  t.equal(new Set(roster.map(({ id }) => id)).size, roster.length)
  for (const data of roster) {
    const persona = loadPersona(data, protocols, seed, [8081], now)
    const again = loadPersona(data, protocols, seed, [8081], now)
    const other = loadPersona(data, protocols, Buffer.alloc(32, 8), [8081], now)
    const own = Object.keys(data.ports).map(Number)
    t.same(persona.mac, again.mac, data.id)
    t.equal(persona.identity.id, again.identity.id)
    t.equal(persona.identity.hostname, again.identity.hostname)
    t.not(persona.identity.id, other.identity.id)
    t.notSame(persona.mac, other.mac)
    t.ok(
      data.vendor.includes(
        Buffer.from(persona.mac.subarray(0, 3))
          .toString('hex')
          .replace(/(..)(?!$)/g, '$1:'),
      ),
    )
    t.equal((persona.mac[0] ?? 1) & 1, 0, 'no multicast address')
    t.match(persona.identity.hostname, new RegExp(`^${data.hostname.replaceAll('#', '[A-Z0-9]')}$`))
    t.same([...persona.openPorts].sort(), [...own, 8081].sort())
    t.ok(persona.openPorts.size <= 10, 'what no scanner takes for a pseudo-service')
    for (const port of own) {
      t.equal(persona.door('tcp', port), 'open')
      t.equal(persona.greeter(port), data.ports[port]?.protocol)
    }
    t.equal(persona.door('tcp', 113), 'closed', 'nmap needs one closed port')
    t.not(persona.door('udp', own[0] ?? 0), 'open')
    t.equal(persona.door('tcp', 8081), 'silent', 'a demand-driven port is the doors’ business')
    for (const protocol of protocols) t.ok(persona.services.has(protocol.id), protocol.id)
  }
})

t.test('every fault in the data at once', async (t) => {
  const [data] = roster
  if (data === undefined) throw new Error('an empty roster')
  const bad = {
    ...data,
    ports: {
      0: { protocol: 'http' },
      70000: { protocol: 'gopher' },
      80: { protocol: 'http', settings: { server: 5 } },
    },
  }
  t.throws(() => loadPersona(bad, protocols, seed, [], now), PersonaFault)
  t.throws(() => loadPersona(bad, protocols, seed, [], now), {
    message:
      /ports\.0: not a port.*ports\.70000: not a port; ports\.70000\.protocol: 'gopher' is none of .*settings of http: /,
  })
})
