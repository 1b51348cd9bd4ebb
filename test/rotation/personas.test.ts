import { readdir } from 'node:fs/promises'
import t from 'tap'
import { protocols } from '../../protocols/index.ts'
import { faultsOf, type PersonaData } from '../../rotation/data.ts'
import { createIdentity } from '../../rotation/identity.ts'

const DIRECTORY = new URL('../../rotation/personas/', import.meta.url)
const UDP = ['dns', 'ntp', 'snmp', 'ssdp', 'sip', 'tftp', 'netbios', 'cldap', 'memcached']
/** Above it a host counts as a pseudo-service (deception.md 1.1, 1.4). */
const MAX_TCP_PORTS = 10
/** Where detectors knock at random (deception.md 1.2, row 1). */
const DETECTORS = [32_768, 60_999] as const
const MAX_ODD_PORTS = 2
/** What published detectors take for a honeypot (deception.md 1.2, rows 7, 22 and 23). */
const TELLTALES = [
  /220 Welcome to the ftp service\r\n/i,
  /500 Syntax error: PASS requires an argument/i,
  /command "HELP" not implemented/i,
  /SSH-2\.0-Twisted/i,
  /6538547e6c42/i,
  /a{8}|b{12}/i,
  /JSESSIONID=145DF9C4CDE560B2699212/i,
]

const files = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.ts'))
const personas: { readonly file: string; readonly data: PersonaData }[] = []
for (const file of files) {
  const exports = Object.values((await import(new URL(file, DIRECTORY).href)) as object)
  t.equal(exports.length, 1, `${file} exports one machine`)
  personas.push({ file, data: exports[0] as PersonaData })
}

t.test('each file is one machine without faults, named as its file', async (t) => {
  t.ok(personas.length >= 19)
  for (const { file, data } of personas) {
    t.same(faultsOf(data), [], file)
    t.equal(`${data.id}.ts`, file)
  }
  t.equal(new Set(personas.map(({ data }) => data.id)).size, personas.length)
  t.not(faultsOf({ ...personas[0]?.data, ports: {} }).length, 0, 'a fault is found')
})

t.test('what lives at its ports is spoken here, and takes its settings', async (t) => {
  for (const { file, data } of personas) {
    const identity = createIdentity(new Uint8Array(32), data.hostname.pattern, () => 0)
    for (const [port, { protocol, settings }] of Object.entries(data.ports)) {
      const spoken = protocols.find(({ id }) => id === protocol)
      t.ok(spoken, `${file} ${port}: ${protocol}`)
      t.doesNotThrow(() => spoken?.service(settings, identity), `${file} ${port}`)
    }
    for (const [port, { protocol }] of Object.entries(data.udp))
      t.ok(UDP.includes(protocol), `${file} udp ${port}: ${protocol}`)
  }
})

t.test(
  'no more ports than a machine has, hardly one where detectors knock at random',
  async (t) => {
    for (const { file, data } of personas) {
      const ports = Object.keys(data.ports).map(Number)
      t.ok(ports.length <= MAX_TCP_PORTS, file)
      const odd = ports.filter((port) => port >= DETECTORS[0] && port <= DETECTORS[1])
      t.ok(odd.length <= MAX_ODD_PORTS, `${file}: ${odd}`)
      t.ok(data.closed === 'closed' || data.reset.length > 0, `${file}: one port refuses`)
    }
  },
)

t.test('nothing is said that detectors of honeypots look for', async (t) => {
  for (const { file, data } of personas)
    for (const [port, { settings }] of Object.entries(data.ports)) {
      const said = texts(settings)
      for (const telltale of TELLTALES) t.notMatch(said, telltale, `${file} ${port}`)
    }
  t.match(
    texts({ greeting: { hex: Buffer.from('SSH-2.0-Twisted').toString('hex') } }),
    TELLTALES[3],
  )
})

t.test('a database greets with a scramble of its own each time', async (t) => {
  const greeters = personas.flatMap(({ file, data }) =>
    Object.entries(data.ports)
      .filter(([port]) => port === '3306')
      .map(([, { settings }]) => ({ file, greeting: settings?.greeting })),
  )
  t.ok(greeters.length >= 4)
  for (const { file, greeting } of greeters) {
    if (!Array.isArray(greeting)) throw new TypeError(`${file}: no greeting`)
    const parts: readonly { readonly random?: number; readonly hex?: string }[] = greeting
    t.equal(
      parts.slice(1).reduce((sum, { random = 0 }) => sum + random, 0),
      2 + 20,
      `${file}: the low half of a connection number and 20 bytes of scramble`,
    )
    const bytes = parts.reduce((sum, { random = 0, hex = '' }) => sum + random + hex.length / 2, 0)
    const length = Buffer.from(parts[0]?.hex ?? '', 'hex').readUIntLE(0, 3)
    t.equal(length, bytes - 4, `${file}: the packet's length`)
  }
})

const TWINS = [
  ['windows-7', 'windows-10', [3389]],
  ['windows-server-2008-r2', 'windows-server-2022', [80, 3389]],
  ['ubuntu-14-04', 'ubuntu-22-04', [22, 80]],
  ['centos-7', 'rocky-9', [22, 80, 3306]],
] as const

t.test('the old twin and the new one are told apart at these ports', async (t) => {
  const named = (id: string) => personas.find(({ data }) => data.id === id)?.data
  for (const [old, current, ports] of TWINS) {
    t.not(named(old)?.stack.traits, named(current)?.stack.traits, `${old}: its stack`)
    for (const port of ports)
      t.not(
        texts(named(old)?.ports[port]?.settings),
        texts(named(current)?.ports[port]?.settings),
        `${old} and ${current}: port ${port}`,
      )
  }
})

/** All texts in settings, hexadecimal ones also as what they say. */
function texts(settings: unknown): string {
  if (typeof settings === 'string') return `${settings}\n`
  if (typeof settings !== 'object' || settings === null) return ''
  return Object.entries(settings)
    .map(([key, value]) =>
      key === 'hex' && typeof value === 'string'
        ? `${value}\n${Buffer.from(value, 'hex').toString('latin1')}\n`
        : texts(value),
    )
    .join('')
}
