import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { muonfp, signature } from '../../../agent/fingerprint/p0f.ts'
import type { SynFacts } from '../../../agent/fingerprint/syn.ts'
import { dotted, ipPackets, synOf } from './capture.ts'
import { syn } from './syn.ts'

const CORPUS = new URL('../../../../shared/corpus/', import.meta.url)
const ORACLE = new URL('oracles/p0f-3.09b.json', CORPUS)

const linux = { dontFragment: 1, ipId: 7, window: 29_200 } as const
const rows: [facts: SynFacts, raw: string, muon: string][] = [
  [
    syn({ ...linux, ttl: 52 }, 'mss,sok,ts,nop,ws'),
    '4:52+12:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0',
    '29200:2-4-8-1-3:1460:7',
  ],
  [
    syn({ ttl: 128, window: 8192, dontFragment: 1, ipId: 3, scale: 8 }, 'mss,nop,ws,nop,nop,sok'),
    '4:128+0:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0',
    '8192:2-1-3-1-1-4:1460:8',
  ],
  [syn({ ttl: 244, ipId: 54_321 }), '4:244+11:0:0:65535,0:::0', '65535:::'],
  [syn({ ttl: 65, ipId: 0 }), '4:65+?:0:0:65535,0::id-:0', '65535:::'],
  [
    syn(
      { ...linux, ttl: 1, mss: 1400, window: 5792, sequence: 0, timestampValue: 0 },
      'mss,nop,nop,ts',
    ),
    '4:1+31:0:1400:mss*4,0:mss,nop,nop,ts:df,id+,seq-,ts1-:0',
    '5792:2-1-1-8:1400:',
  ],
  [
    syn({ ...linux, mss: 1331, window: 4500, flags: 0xc2, urgent: 7 }, 'nop,mss,sok,nop,eol'),
    '4:64+0:0:1331:mtu*3,0:nop,mss,sok,nop,eol+3:df,id+,ecn,uptr+:0',
    '4500:1-2-4-1-0:1331:',
  ],
  [
    syn({ ...linux, acknowledgment: 5, payloadLength: 3, flags: 0x2a, ipOptionsLength: 8 }),
    '4:64+0:8:0:29200,0::df,id+,ack+,urgf+,pushf+:+',
    '29200:::',
  ],
  [
    syn({ ...linux, optionsLength: 8, window: 512 }, 'mss'),
    '4:64+0:0:1460:512,0:mss:df,id+,bad:0',
    '512:2:1460:',
  ],
]

// The forms that Debian's p0f 3.09b prints for such packets, but for ack+ (see below).
t.test('p0f raw signature and MuonFP', (t) => {
  for (const [i, [facts, raw, muon]] of rows.entries()) {
    t.equal(signature(facts), raw, `row ${i}`)
    t.equal(muonfp(facts), muon, `row ${i}`)
  }
  t.end()
})

t.test('nothing that fills SynFacts makes it throw', (t) => {
  const extremes = [-1, 0, 1, 255, 65_535, 0x7fffffff, -0x80000000]
  const names = Object.keys(syn({})) as (keyof SynFacts)[]
  for (const name of names)
    for (const value of extremes) {
      const facts = syn({ [name]: value }, 'mss,ts,eol')
      t.equal(signature(facts).split(':').length, 8, `${name} ${value}`)
      t.equal(muonfp(facts).split(':').length, 4, `${name} ${value}`)
    }
  t.end()
})

type OracleRow = { mod: string; cli: string; srv: string; raw_sig: string }

/**
 * p0f 3.09b tests the acknowledgment number with `&` where its README means "non-zero", so it says
 * ack+ for half of them only. We follow the README.
 */
const withoutAck = (text: string): string =>
  text.replace(/:(ack\+,|ack\+)/, ':').replace(',ack+', '')

t.test('every SYN of the corpus that p0f has named', (t) => {
  if (!existsSync(ORACLE)) {
    t.comment('skipped: no ../shared/corpus')
    t.end()
    return
  }
  const oracle = JSON.parse(readFileSync(ORACLE, 'utf8')) as Record<string, OracleRow[]>
  let compared = 0
  let equal = 0
  let unread = 0
  for (const [name, all] of Object.entries(oracle)) {
    const file = new URL(name.replace('/dev/', '/'), CORPUS)
    const wanted = all.filter((row) => row.mod === 'syn' && row.raw_sig.startsWith('4:'))
    if (wanted.length === 0 || !existsSync(file)) continue
    const ours = new Map<string, string[]>()
    for (const packet of ipPackets(readFileSync(file))) {
      const facts = synOf(packet)
      if (facts === undefined) continue
      const key = `${dotted(facts.source)}/${facts.sourcePort}>${dotted(facts.destination)}/${facts.destinationPort}`
      ours.set(key, [...(ours.get(key) ?? []), withoutAck(signature(facts))])
    }
    for (const row of wanted) {
      const found = ours.get(`${row.cli}>${row.srv}`)
      if (found === undefined) {
        unread++
        continue
      }
      compared++
      if (found.includes(withoutAck(row.raw_sig))) equal++
      else t.comment(`${name}: p0f ${row.raw_sig}, ours ${found[0]}`)
    }
  }
  t.comment(`${equal} of ${compared} equal to p0f; ${unread} in captures this reader cannot read`)
  t.ok(compared > 500)
  // Three have options whose kind or size SynFacts does not keep (TCP Fast Open, SACK in a SYN).
  t.ok(compared - equal <= 3)
  t.end()
})
