import t from 'tap'
import { BruteForce, QUIET_MS, toolOf, WINDOW_MS } from '../../../agent/behaviour/bruteforce.ts'
import type { Finding } from '../../../agent/behaviour/finding.ts'
import { createFindings } from '../../../agent/behaviour/findings.ts'
import { readRules } from '../../../agent/behaviour/rule-files.ts'
import { Rules } from '../../../agent/behaviour/rules.ts'
import { RULES } from './sample.ts'

const login = (user: string, secret: string, more: object = {}) =>
  ({ kind: 'credential', method: 'password', user, secret, accepted: false, ...more }) as const

/** `count` logins, `step` ms apart; the findings by the number of the login. */
function attempts(
  count: number,
  step: number,
  of: (i: number) => ReturnType<typeof login>,
  brute = new BruteForce(),
): Map<number, Finding> {
  const found = new Map<number, Finding>()
  for (let i = 0; i < count; i++) {
    const finding = brute.credential('192.0.2.9', 'ssh', of(i), i * step)
    if (finding !== undefined) found.set(i + 1, finding)
  }
  return found
}

t.test('at five, then at every doubling', (t) => {
  const found = attempts(100, 1000, (i) => login('root', `p${i}`))
  t.same([...found.keys()], [5, 10, 20, 40, 80])
  t.match(found.get(10), {
    action: 'bruteforce',
    ruleId: 'password-guessing',
    techniques: ['T1110.001'],
    attempts: 10,
    users: ['root'],
    usersCount: 1,
    passwordsCount: 10,
    rate: 67,
    accepted: false,
  })
  t.end()
})

t.test('too slow, or after a pause: no series', (t) => {
  t.equal(attempts(50, WINDOW_MS / 4 + 1, (i) => login('root', `p${i}`)).size, 0)
  t.equal(attempts(50, WINDOW_MS / 4, (i) => login('root', `p${i}`)).size, 4)
  t.equal(attempts(50, QUIET_MS + 1, (i) => login('root', `p${i}`)).size, 0)
  const brute = new BruteForce()
  attempts(4, 1, () => login('root', 'x'), brute)
  t.equal(
    brute.credential('192.0.2.9', 'telnet', login('root', 'x'), 5),
    undefined,
    'another service',
  )
  t.equal(brute.credential('192.0.2.8', 'ssh', login('root', 'x'), 5), undefined, 'another source')
  t.equal(
    brute.credential('192.0.2.9', 'ssh', login('root', '', { method: 'none' }), 5),
    undefined,
    'no login',
  )
  t.equal(brute.credential('192.0.2.9', 'ssh', login('root', 'y'), 6)?.attempts, 5)
  t.end()
})

t.test('spraying, success and the tool', (t) => {
  const found = attempts(10, 10, (i) => login(`user${i}`, 'Winter2026', { accepted: i === 7 }))
  t.match(found.get(5), { ruleId: 'password-spraying', techniques: ['T1110.003'], severity: 5 })
  t.match(found.get(10), { accepted: true, severity: 7 })
  const brute = new BruteForce()
  brute.client('192.0.2.9', 'ssh', 'SSH-2.0-libssh_0.10.5', 0)
  t.equal(attempts(5, 1, () => login('root', 'x'), brute).get(5)?.tool, 'libssh')
  const tds = attempts(5, 1, () => login('sa', 'x', { fields: { application: 'squelda 1.0' } }))
  t.equal(tds.get(5)?.tool, 'squelda')
  t.equal(toolOf('Mozilla/5.0 (Hydra)'), 'hydra')
  t.equal(toolOf('SSH-2.0-OpenSSH_9.2'), '')
  t.end()
})

t.test('bounded: users, distinct values, series', (t) => {
  const found = attempts(2560, 1, (i) => login(`u${i}`, `p${i}`))
  t.match(found.get(2560), { usersCount: 256, passwordsCount: 256, attempts: 2560 })
  t.equal(found.get(2560)?.users?.length, 16)
  const brute = new BruteForce()
  for (let i = 0; i < 5000; i++) brute.credential(`host${i}`, 'ssh', login('a', 'b'), i)
  t.equal(brute.evicted, 5000 - 2048)
  const long = attempts(5, 1, () => login('u'.repeat(10_000), 'p'.repeat(10_000)))
  t.equal(long.get(5)?.users?.[0]?.length, 64)
  t.end()
})

t.test('findings: rules and series together', (t) => {
  const findings = createFindings(new Rules(readRules(RULES)))
  const at = (now: number) => ({ source: '192.0.2.9', protocol: 'mssql', port: 1433, now })
  const offer = login('sa', 'x', { fields: { application: 'squelda 1.0' } })
  for (let i = 0; i < 4; i++)
    t.same(
      findings.observe(at(i), offer).map(({ ruleId }) => ruleId),
      ['squelda'],
    )
  t.same(
    findings.observe(at(5), offer).map(({ ruleId }) => ruleId),
    ['squelda', 'password-guessing'],
  )
  t.same(findings.observe(at(6), { kind: 'malformed', reason: 'x' }), [])
  t.same(
    findings.payload(at(7), 'GET /shell?cd+/tmp HTTP/1.0\r\n').map(({ ruleId }) => ruleId),
    ['jaws-shell'],
  )
  t.end()
})
