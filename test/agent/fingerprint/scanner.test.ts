import t from 'tap'
import {
  classify,
  isTool,
  NONE,
  scannerName,
  scannerVariant,
} from '../../../agent/fingerprint/scanner.ts'
import type { SynFacts } from '../../../agent/fingerprint/syn.ts'
import { syn } from './syn.ts'

const DESTINATION = 0xc0000207 | 0
const masscanId = (0x0207 ^ 80 ^ 0x5678) & 0xffff
const probe = { timestampValue: -1 }

const rows: [name: string, variant: string, facts: SynFacts][] = [
  ['mirai', '', syn({ sequence: DESTINATION, window: 14_320 })],
  ['zmap', '<4.1', syn({ ttl: 245, ipId: 54_321 })],
  ['zmap', '>=4.1', syn({ ttl: 50, ipId: 9, scale: 8 }, 'mss,nop,ws,nop,nop,sok')],
  ['zmap', '>=4.1', syn({ ttl: 50, ipId: 9, scale: 7 }, 'mss,sok,ts,nop,ws')],
  ['zmap', '>=4.1', syn({ ipId: 9, scale: 6 }, 'mss,nop,ws,nop,nop,ts,sok,eol,eol')],
  ['zmap', '>=4.1', syn({ ipId: 9 }, 'mss')],
  ['masscan', '<=1.3', syn({ ttl: 240, ipId: masscanId, window: 1024 })],
  ['masscan', '>1.3', syn({ ttl: 240, ipId: masscanId, window: 1024 }, 'mss')],
  ['nmap-syn', '', syn({ ttl: 41, ipId: 7, window: 1024 }, 'mss')],
  ['nmap-os', '', syn({ ...probe, ttl: 41, window: 1, scale: 10 }, 'ws,nop,mss,ts,sok')],
  ['nmap-os', '', syn({ ...probe, ttl: 41, window: 512, acknowledgment: 7 }, 'mss,sok,ts')],
  ['nmap-os', '', syn({ ttl: 41, window: 3, urgent: 0xf7f5 }, 'ws,nop,mss,sok,nop,nop')],
  ['hping3', '', syn({ window: 512, acknowledgment: 0x77, ipId: 7 })],
  ['irregular-ack', '', syn({ window: 5, acknowledgment: 0x77, ipId: 7 }, 'mss,nop,nop,sok')],
  ['irregular-no-options', '', syn({ window: 5840, ipId: 7 })],
  ['irregular-mss-only', '', syn({ window: 5840, ipId: 7 }, 'mss')],
  ['', '', syn({ dontFragment: 1, ipId: 7, window: 64_240 }, 'mss,sok,ts,nop,ws')],
  ['', '', syn({ ttl: 128, dontFragment: 1, scale: 8 }, 'mss,nop,ws,nop,nop,sok')],
  // macOS: ZMap's BSD layout, but with DF.
  ['', '', syn({ dontFragment: 1, scale: 6 }, 'mss,nop,ws,nop,nop,ts,sok,eol')],
]

t.test('every tool by its SYN', (t) => {
  for (const [name, variant, facts] of rows) {
    const code = classify(facts)
    t.equal(scannerName(code), name, `${name || 'a kernel'} ${variant}`)
    t.equal(scannerVariant(code), variant, `${name} variant`)
  }
  t.end()
})

t.test('one field off is another tool or none', (t) => {
  t.not(scannerName(classify(syn({ sequence: DESTINATION + 1 }))), 'mirai')
  t.not(scannerName(classify(syn({ ttl: 245, ipId: 54_320 }))), 'zmap')
  t.not(scannerName(classify(syn({ ttl: 240, ipId: masscanId ^ 1, window: 1024 }))), 'masscan')
  t.not(scannerName(classify(syn({ ttl: 100, window: 1024, ipId: 7 }, 'mss'))), 'nmap-syn')
  t.not(
    scannerName(classify(syn({ timestampValue: -1, window: 1, dontFragment: 1 }, 'mss,ts'))),
    'nmap-os',
  )
  t.end()
})

t.test('codes out of range have no name', (t) => {
  t.equal(scannerName(99), '')
  t.equal(scannerVariant(99), '')
  t.equal(isTool(NONE), false)
  t.equal(isTool(classify(syn({ window: 5840 }))), false, 'an odd packet names no tool')
  t.equal(isTool(classify(syn({ sequence: DESTINATION }))), true)
  t.end()
})

t.test('a million SYNs', (t) => {
  const facts = rows.map(([, , facts]) => facts)
  const began = performance.now()
  let sum = 0
  for (let i = 0; i < 1_000_000; i++) sum += classify(facts[i % facts.length] as SynFacts)
  const nanoseconds = performance.now() - began
  t.ok(sum > 0)
  t.comment(`classify: ${nanoseconds.toFixed(0)} ns a SYN`)
  t.end()
})
