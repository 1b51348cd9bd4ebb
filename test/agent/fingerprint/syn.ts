/** For tests: SYNs as the tools send them. */
import { layout } from '../../../agent/fingerprint/layout.ts'
import { blankSyn, type SynFacts } from '../../../agent/fingerprint/syn.ts'

const CODES: Readonly<Record<string, [code: number, bytes: number]>> = {
  mss: [1, 4],
  nop: [2, 1],
  ws: [3, 3],
  sok: [4, 2],
  ts: [5, 10],
  eol: [6, 1],
}

/** `options` in wire order, as in 'mss,sok,ts,nop,ws'; padded to 4 bytes. */
export function syn(facts: Partial<SynFacts>, options = ''): SynFacts {
  const names = options === '' ? [] : options.split(',')
  const codes = names.map((name) => CODES[name]?.[0] ?? 8)
  const bytes = names.reduce((sum, name) => sum + (CODES[name]?.[1] ?? 0), 0)
  const optionsLength = Math.ceil(bytes / 4) * 4
  return {
    ...blankSyn(),
    source: 0xc6336401 | 0,
    destination: 0xc0000207 | 0,
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 0x12345678,
    ttl: 64,
    window: 65_535,
    flags: 0x02,
    mss: names.includes('mss') ? 1460 : 0,
    scale: names.includes('ws') ? 7 : -1,
    sackPermitted: names.includes('sok') ? 1 : 0,
    timestamps: names.includes('ts') ? 1 : 0,
    timestampValue: names.includes('ts') ? 1000 : 0,
    optionCount: codes.length,
    layoutLow: layout(...codes.slice(0, 7)),
    layoutHigh: layout(...codes.slice(7, 14)),
    optionsLength,
    totalLength: 40 + optionsLength,
    ...facts,
  }
}
