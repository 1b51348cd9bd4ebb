import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { communityId } from '../../../agent/fingerprint/community-id.ts'

const ARKIME = new URL('../../../../shared/corpus/arkime/', import.meta.url)

// The published baseline of the specification.
const vectors = [
  ['tcp', '128.232.110.120', 34_855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  ['udp', '192.168.1.52', 54_585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  ['icmp', '192.168.0.89', 8, '192.168.0.1', 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
] as const

t.test('baseline, both directions', (t) => {
  for (const [transport, a, ap, b, bp, id] of vectors) {
    t.equal(communityId(transport, a, ap, b, bp), id, id)
    const back =
      transport === 'icmp' ? communityId('icmp', b, 0, a, 0) : communityId(transport, b, bp, a, ap)
    t.equal(back, id, 'the answer')
  }
  const began = performance.now()
  for (let i = 0; i < 20_000; i++) communityId('tcp', '192.0.2.7', i & 0xffff, '198.51.100.3', 23)
  t.comment(`communityId: ${((performance.now() - began) / 20).toFixed(2)} us`)
  t.end()
})

t.test('what is no address has no id', (t) => {
  for (const bad of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    'a.b.c.d',
    '1..2.3',
    ':',
    '1::2::3',
    '::g',
    '1:2:3:4:5:6:7:8:9',
  ])
    t.equal(communityId('tcp', bad, 1, '192.0.2.1', 2), undefined, JSON.stringify(bad))
  t.equal(communityId('tcp', '::1', 1, '192.0.2.1', 2), undefined, 'families differ')
  t.type(communityId('tcp', '::', 1, '2001:db8::1', 2), 'string')
  t.equal(
    communityId('tcp', '2001:db8::1', 1, '::', 2),
    communityId('tcp', '2001:0db8:0:0:0:0:0:1', 1, '0:0:0:0:0:0:0:0', 2),
    'all spellings are one address',
  )
  t.end()
})

type Session = {
  ipProtocol?: number
  source?: { ip?: string; port?: number }
  destination?: { ip?: string; port?: number }
  network?: { community_id?: string }
}

t.test('every session of the corpus that Arkime has named', (t) => {
  if (!existsSync(ARKIME)) {
    t.comment('skipped: no ../shared/corpus')
    t.end()
    return
  }
  let compared = 0
  for (const name of readdirSync(ARKIME).filter((name) => name.endsWith('.test'))) {
    const { sessions3 } = JSON.parse(readFileSync(new URL(name, ARKIME), 'utf8')) as {
      sessions3?: { body: Session }[]
    }
    for (const { body } of sessions3 ?? []) {
      const { source, destination, ipProtocol, network } = body
      if (network?.community_id === undefined || (ipProtocol !== 6 && ipProtocol !== 17)) continue
      compared++
      const id = communityId(
        ipProtocol === 6 ? 'tcp' : 'udp',
        source?.ip ?? '',
        source?.port ?? 0,
        destination?.ip ?? '',
        destination?.port ?? 0,
      )
      if (id !== network.community_id) t.fail(`${name}: ${id} is not ${network.community_id}`)
    }
  }
  t.comment(`${compared} sessions`)
  t.ok(compared > 50)
  t.end()
})
