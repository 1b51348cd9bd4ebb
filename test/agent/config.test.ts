import t from 'tap'
import { flagOf, type Given, KEYS, loadConfig, variableOf } from '../../agent/config.ts'
import { Fault } from '../../agent/fault.ts'

const least: readonly Given[] = [
  { key: 'interface', value: 'eth1', from: '--interface' },
  { key: 'address', value: '192.0.2.10/24', from: '--address' },
]
const file = (text: string) => ({ path: '/etc/cuttle.toml', text })
const toml = 'interface = "eth1"\naddress = ["192.0.2.10/24"]\n'

function faults(action: () => unknown): readonly string[] {
  try {
    action()
  } catch (error) {
    if (error instanceof Fault) return error.faults
    throw error
  }
  return []
}

t.test('little is needed, the rest is usual', async (t) => {
  const config = loadConfig(undefined, least)
  t.match(config, {
    name: 'sensor',
    interface: 'eth1',
    address: ['192.0.2.10/24'],
    mode: 'own',
    doors: 'gated',
    persona: 'auto',
    link: 'ring',
    workers: 1,
    hub: undefined,
    record: undefined,
    management_ports: [22],
    budgets: { gates_per_source: 4, gates_per_identity: 60 },
    flow: { max: 100_000 },
  })
  t.ok(Object.isFrozen(config))
  t.same(loadConfig(file(toml), []), config, 'the same from a file')
})

t.test('every key is a flag and a variable', async (t) => {
  const sample: Readonly<Record<string, string>> = {
    name: 'north-1',
    interface: 'eth7',
    mode: 'shared',
    address: '192.0.2.1/24,192.0.2.2/24',
    gateway: '192.0.2.254',
    doors: 'strict',
    persona: 'dvr-jaws',
    environment: 'office',
    state: '/tmp/x',
    hub: 'mqtts://a:b@hub:8883',
    link: 'pcap',
    log: 'debug',
    management_ports: '22,8022',
  }
  const given = KEYS.map(([key]) => ({ key, value: sample[key] ?? '70000', from: flagOf(key) }))
  given.forEach((one) => {
    if (one.key === 'budgets.gates_per_source') one.value = '3'
    if (one.key === 'record.files' || one.key === 'workers') one.value = '3'
    if (one.key === 'record.directory') one.value = '/tmp/frames'
    if (/seconds/.test(one.key)) one.value = '7.5'
    if (one.key === 'outbox.max_bytes') one.value = '2097152'
  })
  t.same(loadConfig(undefined, given), {
    ...sample,
    address: ['192.0.2.1/24', '192.0.2.2/24'],
    management_ports: [22, 8022],
    workers: 3,
    budgets: { gates_per_source: 3, gates_per_identity: 70_000 },
    flow: { max: 70_000, idle_seconds: 7.5, total_seconds: 7.5, max_bytes: 70_000 },
    outbox: { max_bytes: 2_097_152 },
    record: { directory: '/tmp/frames', file_bytes: 70_000, files: 3 },
  })
  t.equal(flagOf('flow.idle_seconds'), 'flow-idle-seconds')
  t.equal(variableOf('flow.idle_seconds'), 'CUTTLE_FLOW_IDLE_SECONDS')
  t.equal(new Set(KEYS.map(([key]) => flagOf(key))).size, KEYS.length)
  t.equal(new Set(KEYS.map(([key]) => variableOf(key))).size, KEYS.length)
})

t.test('the command line wins over the file, key by key', async (t) => {
  const { flow, doors } = loadConfig(
    file(`${toml}doors = "all"\n[flow]\nmax = 50\nidle_seconds = 5\n`),
    [{ key: 'flow.max', value: '60', from: '--flow-max' }],
  )
  t.match(flow, { max: 60, idle_seconds: 5 })
  t.equal(doors, 'all')
})

t.test('all faults at once, each with its place', async (t) => {
  const said = faults(() =>
    loadConfig(
      file('adress = 1\nmode = "mine"\n[flow]\nmax = "many"\nspeed = 1\n[record]\nfiles = 1\n'),
      [
        { key: 'gateway', value: 'router', from: 'CUTTLE_GATEWAY' },
        { key: 'address', value: ['192.0.2.1/24', '10/8'], from: '--address' },
        { key: 'budgets.gates_per_source', value: 'x', from: '--budgets-gates-per-source' },
        { key: 'management_ports', value: '22,ssh', from: '--management-ports' },
        { key: 'name', value: 'Ä', from: '--name' },
        { key: 'hub', value: 'http://hub', from: '--hub' },
        { key: 'persona', value: 'toaster', from: '--persona' },
      ],
    ),
  )
  for (const start of [
    '/etc/cuttle.toml: adress: no such key',
    '/etc/cuttle.toml: mode: ',
    '/etc/cuttle.toml: flow.max: ',
    '/etc/cuttle.toml: flow.speed: no such key',
    '/etc/cuttle.toml: record.directory: ',
    'config: interface: name the network interface',
    'CUTTLE_GATEWAY: gateway: use an IPv4 address',
    '--address: address.1: use IP/LEN',
    '--budgets-gates-per-source: budgets.gates_per_source: ',
    '--management-ports: management_ports.1: ',
    '--name: name: use 1 to 64',
    '--hub: hub: use mqtt://',
    '--persona: persona: use auto or an id of ',
  ])
    t.equal(said.filter((line) => line.startsWith(start)).length, 1, start)
  t.equal(said.length, 13, said.join('\n'))
  t.notOk(said.some((line) => line.includes('\n')))
})

t.test('TOML that is none: line and column', async (t) => {
  t.same(faults(() => loadConfig(file('name = "a"\nmode = \n'), [])).length, 1)
  t.match(
    faults(() => loadConfig(file('name = "a"\nmode = \n'), []))[0],
    /^\/etc\/cuttle\.toml:2:\d+: /,
  )
  t.match(faults(() => loadConfig(file('[flow\n'), []))[0], /^\/etc\/cuttle\.toml:1:\d+: /)
})

t.test('keys that a JavaScript object would understand', async (t) => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const said = faults(() => loadConfig(file(`${toml}${key} = 1\n`), []))
    t.match(said, [new RegExp(`^/etc/cuttle.toml: ${key}: no such key`)])
  }
  t.equal(({} as Record<string, unknown>)['1'], undefined)
})

t.test('limits', async (t) => {
  const one = (key: string, value: string) =>
    faults(() => loadConfig(undefined, [...least, { key, value, from: 'x' }]))
  t.same(one('flow.max', '15').length, 1)
  t.same(one('flow.max', '16'), [])
  t.same(one('flow.max', '16.5').length, 1)
  t.same(one('flow.max', '').length, 1)
  t.same(one('flow.max', 'Infinity').length, 1)
  t.same(one('budgets.gates_per_source', '0'), [])
  t.same(one('state', 'x'.repeat(94)), [])
  t.same(one('state', 'x'.repeat(95)).length, 1)
  t.same(one('state', '').length, 1)
  t.same(one('management_ports', '0').length, 1)
  t.same(one('management_ports', '').length, 1)
  t.same(one('address', '192.0.2.1/24,').length, 1)
  t.same(one('interface', 'a'.repeat(16)).length, 1)
})
