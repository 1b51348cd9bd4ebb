/** What the rules cost: µs per observation, all rules loaded. `node test/bench/rules.ts` */
import { createFindings } from '../../agent/behaviour/findings.ts'
import { readRules } from '../../agent/behaviour/rule-files.ts'
import { Rules } from '../../agent/behaviour/rules.ts'
import type { Observation } from '../../protocols/observation.ts'

const ROUNDS = 4000
const WORST_ROUNDS = 40
const context = { source: '192.0.2.9', protocol: 'http', port: 80, now: 0 }
const rules = new Rules(readRules(new URL('../../agent/behaviour/rules', import.meta.url).pathname))
const findings = createFindings(rules)

const browser: Observation = {
  kind: 'request',
  verb: 'GET',
  target: '/index.php?id=42&lang=en%2dGB',
  version: 'HTTP/1.1',
  headers: {
    host: '198.51.100.3',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-encoding': 'gzip, deflate',
    connection: 'keep-alive',
  },
}
const jaws = rules.rules.find(({ id }) => id === 'jaws-shell')?.samples.positive[0]
const cases: [name: string, protocol: string, rounds: number, observation: Observation][] = [
  ['ordinary request', 'http', ROUNDS, browser],
  ['command', 'telnet', ROUNDS, { kind: 'command', text: 'cat /proc/cpuinfo | grep name | wc -l' }],
  [
    'credential',
    'ssh',
    ROUNDS,
    { kind: 'credential', method: 'none', user: 'root', secret: 'xc3511', accepted: false },
  ],
  ...(jaws?.kind === 'request'
    ? [
        [
          'the Jaws exploit',
          'http',
          ROUNDS,
          { kind: 'request', verb: 'GET', target: jaws.target },
        ] as [string, string, number, Observation],
      ]
    : []),
  [
    '64 KiB body of noise',
    'http',
    400,
    { kind: 'request', verb: 'POST', target: '/', body: 'Lorem+ipsum%20'.repeat(4682) },
  ],
]
for (const word of [
  '/shell?',
  '${jndi:',
  '${lower:',
  'wget sh ',
  'addportmapping newinternalclient',
  '/.%2e/',
  'busybox A',
])
  cases.push([
    `hostile: 8 KiB of '${word}' in three fields`,
    'http',
    WORST_ROUNDS,
    {
      kind: 'request',
      verb: 'GET',
      target: word.repeat(1200),
      body: word.repeat(1200),
      headers: { x: word.repeat(1200) },
    },
  ])

console.log(`${rules.rules.length} rules`)
for (const [name, protocol, rounds, observation] of cases) {
  const times = new Float64Array(rounds)
  for (let i = 0; i < rounds; i++) {
    const began = performance.now()
    findings.observe({ ...context, protocol }, observation)
    times[i] = (performance.now() - began) * 1000
  }
  times.sort()
  const at = (share: number) => (times[Math.floor(rounds * share)] as number).toFixed(1).padStart(8)
  console.log(`p50 ${at(0.5)} µs  p95 ${at(0.95)} µs  ${name}`)
}
