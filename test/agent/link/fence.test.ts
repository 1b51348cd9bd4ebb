import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'
import {
  type FenceOptions,
  fenceRules,
  kernelPort,
  managementPortCovered,
  openFence,
} from '../../../agent/link/fence.ts'
import { makeNetns, noNetns } from './netns.ts'

const options: FenceOptions = {
  interface: 'eth0',
  addresses: ['192.0.2.7', '2001:db8::7', '192.0.2.8'],
  managementPorts: [8443, 22],
  sshPort: 22,
}

const RULES = `add table inet cuttle_fence
delete table inet cuttle_fence
table inet cuttle_fence {
  set armed {
    type ifname
    flags timeout
    elements = { "eth0" timeout 30s }
  }
  chain prerouting {
    type filter hook prerouting priority -150; policy accept;
    iif lo accept
    iifname != @armed accept
    ip daddr { 192.0.2.7, 192.0.2.8 } goto fenced
    ip6 daddr { 2001:db8::7 } goto fenced
  }
  chain fenced {
    tcp dport { 8443, 22 } accept
    ct state established,related accept
    meta l4proto { tcp, udp } drop
    icmp type echo-request drop
    icmpv6 type echo-request drop
  }
}
`

t.test('the rules as text', async (t) => {
  t.equal(fenceRules(options, 30), RULES)
  const v4 = { interface: 'wlan0.5', addresses: ['192.0.2.7'], managementPorts: [] }
  const text = fenceRules(v4, 1)
  t.notMatch(text, /ip6 daddr|tcp dport/)
  t.match(text, /ip daddr \{ 192\.0\.2\.7 \} goto fenced/)
})

t.test('nothing reaches the rules unchecked', async (t) => {
  const bad: [string, Partial<FenceOptions>, number?][] = [
    ['interface', { interface: 'eth0" } drop' }],
    ['interface', { interface: '' }],
    ['interface', { interface: 'sixteen-letters-' }],
    ['no address', { addresses: [] }],
    ['address', { addresses: ['192.0.2.7 } accept'] }],
    ['address', { addresses: ['192.0.2.0/24'] }],
    ['address', { addresses: ['fe80::1%eth0'] }],
    ['port', { managementPorts: [0] }],
    ['port', { managementPorts: [22.5] }],
    ['port', { sshPort: 65_536 }],
    ['seconds', {}, 0],
    ['seconds', {}, 1e9],
    ['seconds', {}, Number.NaN],
  ]
  for (const [what, change, seconds] of bad)
    t.throws(
      () => fenceRules({ ...options, ...change }, seconds ?? 30),
      { code: 'EINVAL', message: /^the fence: / },
      what,
    )
  t.throws(() => openFence({ ...options, interface: '-x y' }), { code: 'EINVAL' })
})

t.test('which ports stay with the kernel', async (t) => {
  for (const port of [22, 8443, 61_000, 65_000]) t.ok(kernelPort(options, port), `${port}`)
  for (const port of [23, 60_999, 65_001]) t.notOk(kernelPort(options, port), `${port}`)
})

t.test('is the session that gives the order exempt?', async (t) => {
  t.ok(managementPortCovered(undefined, []), 'no SSH session')
  t.ok(managementPortCovered('', []), 'no SSH session')
  t.ok(managementPortCovered('203.0.113.9 51234 192.0.2.7 22', [8443, 22]))
  t.notOk(managementPortCovered('203.0.113.9 22 192.0.2.7 2222', [22]), 'the server port counts')
  t.ok(managementPortCovered('2001:db8::1 51234 2001:db8::7 2222', [2222]))
  for (const odd of ['22', 'a b c d', '1 2 3', '1 2 3 22 5', '203.0.113.9 51234 192.0.2.7 '])
    t.notOk(managementPortCovered(odd, [22]), `"${odd}"`)
})

function unable(): string | undefined {
  if (spawnSync('nft', ['--version']).status !== 0) return 'needs nft'
  return noNetns()
}

const reason = unable()
if (reason) t.comment(`skipped: ${reason}`)

t.test('a real fence', { skip: reason ?? false }, async (t) => {
  const here = makeNetns('fence-here')
  t.teardown(() => here.remove())
  const visitor = makeNetns('fence-visitor')
  t.teardown(() => visitor.remove())
  const link = `link add va netns ${visitor.name} type veth peer name vb netns ${here.name}`
  execFileSync('ip', link.split(' '))
  visitor.exec('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'va')
  visitor.exec('ip', 'link', 'set', 'va', 'up')
  for (const address of ['10.9.0.2/24', '10.9.0.3/24'])
    here.exec('ip', 'address', 'add', address, 'dev', 'vb')
  here.exec('ip', 'link', 'set', 'vb', 'up')

  const result = (await here.script('fence-inside.ts', visitor.name)) as {
    own: { port: number }
    rangeBefore: number[]
    closed: { tables: string }
    end: { tables: string }
  }
  const unfenced = {
    service: 'open',
    closed: 'ECONNREFUSED',
    management: 'open',
    other: 'open',
    ping: 'answered',
  }
  const fenced = { service: 'silent', closed: 'silent', management: 'open', other: 'open' }
  const others = 'table inet someone_else\n'
  t.match(result, { before: unfenced }, 'without a fence the kernel answers')
  t.match(
    result,
    { armed: { ...fenced, ping: 'silent' } },
    'armed: only management and the other address',
  )
  t.match(
    result,
    { own: { echoed: 'hello' }, loopback: 'open' },
    "the kernel's own connections work",
  )
  t.ok(
    result.own.port >= 61_000 && result.own.port <= 65_000,
    `from reserved port ${result.own.port}`,
  )
  t.match(result, { rangeArmed: [61_000, 65_000] })
  t.match(result, { closed: { ...unfenced, range: result.rangeBefore } }, 'closed: all as before')
  t.equal(result.closed.tables, others, 'closed: no table of ours, and only ours is gone')
  t.match(result, { confirmed: 'silent' }, 'confirmed: it stays')
  t.match(result, { expired: 'open', afterTooLate: 'open' }, 'not confirmed: it comes down')
  t.match(result, { tooLate: /^the fence: .*No such file/ }, 'and cannot be confirmed any more')
  t.match(
    result,
    { killed: 'silent', recovered: 'open' },
    'it comes down though its process was killed',
  )
  t.match(
    result,
    { rebuilt: 'silent', end: { range: [32_768, 60_999] } },
    'what was left over is replaced',
  )
  t.equal(result.end.tables, others)
})
