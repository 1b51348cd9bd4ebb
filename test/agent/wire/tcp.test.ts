import t from 'tap'
import { pseudoHeader } from '../../../agent/wire/checksum.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { blankTcp, emit, emitOption, parse, type Tcp, verify } from '../../../agent/wire/tcp.ts'
import { cutLaw, hex } from './rows.ts'

const PSEUDO = pseudoHeader(0xc0000207 | 0, 0xc6336403 | 0, 6, 0)
/** The order of options as `layoutLow` has it, the first in the lowest four bits. */
const layout = (...codes: number[]): number =>
  codes.reduce((sum, code, i) => sum | (code << (4 * i)), 0)

const { OPTION_MSS: MSS, OPTION_NOP: NOP, OPTION_SCALE: WS, OPTION_SACK_PERMITTED: SOK } = tcp
const { OPTION_TIMESTAMPS: TS, OPTION_END: EOL, OPTION_SACK: SACK, OPTION_OTHER: OTHER } = tcp

const rows: [string, Uint8Array, Partial<Tcp>][] = [
  [
    'bare SYN',
    hex('9c40 0050 12345678 00000000 5002 faf0 0000 0000'),
    {
      sourcePort: 40_000,
      destinationPort: 80,
      sequence: 0x12345678,
      flags: tcp.SYN,
      window: 64_240,
    },
  ],
  [
    'SYN of Linux',
    hex(
      '9c40 0050 ffffffff 00000000 a002 faf0 0000 0000 020405b4 0402 080a 00000064 00000000 01 030307',
    ),
    {
      sourcePort: 40_000,
      destinationPort: 80,
      sequence: -1,
      flags: tcp.SYN,
      window: 64_240,
      mss: 1460,
      scale: 7,
      sackPermitted: true,
      timestamps: true,
      timestampValue: 100,
      optionCount: 5,
      layoutLow: layout(MSS, SOK, TS, NOP, WS),
      optionsBytes: 20,
      payload: 40,
    },
  ],
  [
    'data, every flag, urgent',
    hex('ffff 0001 00000001 80000000 51ff 0001 0000 0005 68656c6c6f'),
    {
      sourcePort: 65_535,
      destinationPort: 1,
      sequence: 1,
      acknowledgment: 0x80000000 | 0,
      flags: 0x1ff,
      window: 1,
      urgent: 5,
      payloadBytes: 5,
    },
  ],
  [
    'the longest options: more than the layout can hold',
    hex(`0001 0002 00000000 00000000 f010 0000 0000 0000 ${'01'.repeat(39)}00`),
    {
      sourcePort: 1,
      destinationPort: 2,
      flags: tcp.ACK,
      optionCount: 40,
      layoutLow: layout(NOP, NOP, NOP, NOP, NOP, NOP, NOP),
      layoutHigh: layout(NOP, NOP, NOP, NOP, NOP, NOP, NOP),
      optionsBytes: 40,
      payload: 60,
    },
  ],
]

for (const [name, bytes, expected] of rows)
  t.test(name, async (t) => {
    const into = {
      ...blankTcp(),
      mss: 9,
      scale: 9,
      sackPermitted: true,
      timestamps: true,
      optionCount: 5,
      layoutLow: 5,
      layoutHigh: 5,
      timestampValue: 1,
      timestampEcho: 1,
    }
    t.ok(parse(bytes, 0, bytes.length, into))
    t.same(into, { ...blankTcp(), payload: 20, ...expected }, 'and nothing of the last one is left')
    const header = 20 + (expected.optionsBytes ?? 0)
    cutLaw(t, name, bytes, header, parse, blankTcp)
    // Mirror: the emitter writes the header before what is in place; flags of a byte, no urgent pointer.
    const out = Uint8Array.from(bytes)
    out.fill(0, 0, 20)
    emit(
      out,
      0,
      into.sourcePort,
      into.destinationPort,
      into.sequence,
      into.acknowledgment,
      into.flags & 0xff,
      into.window,
      into.optionsBytes,
      into.payloadBytes,
      PSEUDO,
    )
    t.ok(verify(out, 0, out.length, PSEUDO))
    const again = blankTcp()
    parse(out, 0, out.length, again)
    t.same(again, { ...into, flags: into.flags & 0xff, urgent: 0 }, 'mirror')
  })

t.test('impossible header lengths', async (t) => {
  const bytes = Uint8Array.from(rows[0]?.[1] as Uint8Array)
  for (const nibble of [0, 1, 4, 6, 15]) {
    bytes[12] = nibble << 4
    t.notOk(parse(bytes, 0, 20, blankTcp()), `${nibble * 4} bytes`)
  }
})

t.test('malformed options end the options, and what came before them counts', async (t) => {
  const cases: [string, options: string, Partial<Tcp>][] = [
    ['length 0', '020405b4 0500 0303', { mss: 1460, optionCount: 1, layoutLow: layout(MSS) }],
    ['length 1', '020405b4 0301 0303', { mss: 1460, optionCount: 1, layoutLow: layout(MSS) }],
    [
      'beyond the header',
      '020405b4 080a 0000',
      { mss: 1460, optionCount: 1, layoutLow: layout(MSS) },
    ],
    [
      'a kind and no length',
      '020405b4 010101 03',
      { mss: 1460, optionCount: 4, layoutLow: layout(MSS, NOP, NOP, NOP) },
    ],
    [
      'MSS of another length',
      '0203 05 0101 0101 01',
      { optionCount: 6, layoutLow: layout(OTHER, NOP, NOP, NOP, NOP, NOP) },
    ],
    [
      'scale of another length',
      '0304 0707 01010101',
      { optionCount: 5, layoutLow: layout(OTHER, NOP, NOP, NOP, NOP) },
    ],
    ['a shift of 255', '0303ff 01', { scale: 14, optionCount: 2, layoutLow: layout(WS, NOP) }],
    [
      'nothing counts behind the end',
      '00 020405b4 010101',
      { optionCount: 1, layoutLow: layout(EOL) },
    ],
    [
      'SACK blocks',
      '0101 050a 00000001 00000002',
      { optionCount: 3, layoutLow: layout(NOP, NOP, SACK) },
    ],
    [
      'an unknown kind',
      'fe04 1234 0402 0101',
      { sackPermitted: true, optionCount: 4, layoutLow: layout(OTHER, SOK, NOP, NOP) },
    ],
    [
      'the last of two',
      '02040100 02040200',
      { mss: 512, optionCount: 2, layoutLow: layout(MSS, MSS) },
    ],
  ]
  for (const [name, text, expected] of cases) {
    const options = hex(text)
    const bytes = new Uint8Array(20 + options.length)
    bytes[12] = (bytes.length / 4) << 4
    bytes.set(options, 20)
    const into = blankTcp()
    t.ok(parse(bytes, 0, bytes.length, into), name)
    t.same(
      into,
      { ...blankTcp(), optionsBytes: options.length, payload: bytes.length, ...expected },
      name,
    )
  }
})

t.test('options one by one', async (t) => {
  const out = new Uint8Array(40).fill(0xee)
  let at = emitOption(out, 1, MSS, 1460)
  at = emitOption(out, at, SOK)
  at = emitOption(out, at, TS, -2, 0x01020304)
  at = emitOption(out, at, NOP)
  at = emitOption(out, at, WS, 7)
  at = emitOption(out, at, EOL)
  t.same(out.subarray(0, at + 1), hex('ee 020405b4 0402 080afffffffe01020304 01 030307 00 ee'))
})

t.test('verify: odd lengths, and every bit counts', async (t) => {
  for (const length of [0, 1, 2, 7, 1440, 1441]) {
    const bytes = new Uint8Array(20 + length).map((_, i) => i * 31)
    emit(bytes, 0, 1, 2, 3, 4, tcp.ACK, 5, 0, length, PSEUDO)
    t.ok(verify(bytes, 0, bytes.length, PSEUDO), `${length} bytes`)
    t.notOk(verify(bytes, 0, bytes.length, PSEUDO + 1), 'another address')
    for (let bit = 0; bit < Math.min(bytes.length, 60) * 8; bit++) {
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      if (verify(bytes, 0, bytes.length, PSEUDO)) t.fail(`bit ${bit}`)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
    }
  }
})
