/** The project's own captures: each tells exactly what its visitor did. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SensorEvent } from '../agent/event.ts'
import { goldenLine, replayTrace, traceNames } from './traces/golden.ts'
import { TRACES } from './traces/trace-file.ts'

const names = traceNames()
t.ok(names.length > 30, `${names.length} traces`)

for (const name of names)
  t.test(name, async (t) => {
    const { events, complaints } = await replayTrace(name)
    const golden = readFileSync(join(TRACES, `${name}.events.jsonl`), 'utf8').split('\n')
    const told = events.map(goldenLine)
    t.same(complaints, [], 'replay has no complaint')
    t.same(without(golden, told), [], 'nothing is missing')
    t.same(without(told, golden), [], 'nothing is told beside it')
    t.same(told, golden.slice(0, -1), 'in this order')
  })

/** Lines of `these` that `those` have not, as often as they have it. */
function without(these: readonly string[], those: readonly string[]): unknown[] {
  const left = [...those]
  return these
    .filter((line) => {
      const at = left.indexOf(line)
      if (at >= 0) left.splice(at, 1)
      return at < 0 && line !== ''
    })
    .map((line) => JSON.parse(line))
}

const JAWS = [
  'jaws-60001-out-of-order',
  'jaws-8-byte-by-byte',
  'jaws-fragmented',
  'jaws-broken-header',
  'jaws-no-version',
  'curl-jaws-port-60001',
  'curl-jaws-port-8',
]
for (const name of JAWS)
  t.test(`the Jaws exploit is recognised: ${name}`, async (t) => {
    const { events } = await replayTrace(`http/${name}`)
    const exploits = events.filter(({ event }) => event.action === 'exploit')
    t.equal(exploits.length, 1, 'told once')
    t.match(exploits[0], {
      event: { kind: 'alert', severity: 9 },
      network: { protocol: 'http' },
      rule: { id: 'jaws-shell' },
      vulnerability: { id: ['CVE-2016-20016'] },
      threat: {
        software: { name: 'Mirai', alias: ['BeastMode'] },
        indicator: [
          {
            type: 'url',
            url: 'http://192.3.67.106/beastmode/b3astmode.arm7',
            role: 'distribution',
            architecture: 'arm7',
          },
        ],
      },
    })
    const request = events.find(({ event }) => event.action === 'request')
    t.match(request?.url?.original, /^\/shell\?cd\+\/tmp;rm\+-rf\+\*;wget\+192\.3\.67\.106/)
  })

const SQUELDA = [
  { name: 'squelda-tds42', tds: '4.2', secrets: ['squelda'] },
  { name: 'squelda-tds42-split', tds: '4.2', secrets: ['squelda'] },
  { name: 'squelda-login7', tds: '7.1', secrets: ['Passw0rd!'] },
  { name: 'squelda-script', tds: '4.2', secrets: [''] },
  { name: 'hydra', tds: '4.2', secrets: ['admin', '123456', 'xc3511'] },
]
for (const { name, tds, secrets } of SQUELDA)
  t.test(`the squelda login is recognised: ${name}`, async (t) => {
    const { events } = await replayTrace(`mssql/${name}`)
    const credentials = events.filter(({ event }) => event.action === 'credential')
    t.same(credentials.map(({ cuttle }) => cuttle.credential?.secret).sort(), [...secrets].sort())
    for (const credential of credentials)
      t.match(credential, {
        network: { protocol: 'mssql' },
        user: { name: 'sa' },
        cuttle: { credential: { method: 'password' }, fields: { tds, application: 'squelda 1.0' } },
      })
    const alerts = events.filter(({ cuttle }) => cuttle.tool === 'squelda')
    t.equal(alerts.length, secrets.length, 'the tool is named for each')
    t.match(alerts[0], { event: { action: 'bruteforce', kind: 'alert' }, rule: { id: 'squelda' } })
  })

t.test('negatives raise no alert and no protocol that they only resemble', async (t) => {
  const protocols: Record<string, readonly (string | undefined)[]> = {}
  for (const name of names.filter((name) => name.startsWith('negative/'))) {
    const { events } = await replayTrace(name)
    const alerts = events.filter(({ event }: SensorEvent) => event.kind === 'alert')
    t.same(alerts, [], `${name}: no alert`)
    protocols[name.slice('negative/'.length)] = events
      .filter(({ event }) => event.action === 'connection')
      .map(({ network }) => network?.protocol)
  }
  t.same(protocols, {
    'almost-http': ['http'],
    'almost-redis': ['redis'],
    'http-on-6379': ['http'],
    'mssql-on-80': ['mssql'],
    'random-bytes': ['generic'],
    'ssh-banner-only': ['ssh'],
    'tds-garbage': ['generic'],
    'zero-bytes': ['generic'],
    zeros: ['generic'],
  })
})
