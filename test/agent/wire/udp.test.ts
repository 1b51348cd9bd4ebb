import t from 'tap'
import { pseudoHeader, pseudoHeader6 } from '../../../agent/wire/checksum.ts'
import { UDP } from '../../../agent/wire/ipv4.ts'
import { blankUdp, emit, HEADER_BYTES, parse, type Udp, verify } from '../../../agent/wire/udp.ts'
import { cutLaw, hex } from './rows.ts'

const PSEUDO = pseudoHeader(0xc0000207 | 0, 0xc6336403 | 0, UDP, 0)
const PSEUDO6 = pseudoHeader6(
  Int32Array.of(0x20010db8, 0, 0, 7),
  Int32Array.of(0x20010db8, 0, 0, 3),
  UDP,
  0,
)

const rows: [string, Uint8Array, Partial<Udp>][] = [
  ['empty', hex('9c40 0035 0008 1234'), { sourcePort: 40_000, destinationPort: 53 }],
  [
    'payload, no checksum',
    hex('0000 ffff 000b 0000 616263'),
    { sourcePort: 0, destinationPort: 65_535, payloadBytes: 3 },
  ],
  [
    'padding behind the length it names',
    hex('0001 0002 000a 0000 6869 ffffff'),
    { sourcePort: 1, destinationPort: 2, payloadBytes: 2 },
  ],
]

for (const [name, bytes, expected] of rows)
  t.test(name, async (t) => {
    const into: Udp = { ...blankUdp(), payloadBytes: 99 }
    t.ok(parse(bytes, 0, bytes.length, into))
    const totalBytes = HEADER_BYTES + (expected.payloadBytes ?? 0)
    const checksum = Buffer.from(bytes).readUInt16BE(6)
    t.same(into, { ...blankUdp(), payload: 8, totalBytes, checksum, ...expected })
    cutLaw(t, name, bytes, totalBytes, parse, blankUdp)
    // Mirror: the same header before the payload in place, with its checksum.
    const out = Uint8Array.from(bytes)
    out.fill(0, 0, HEADER_BYTES)
    emit(out, 0, into.sourcePort, into.destinationPort, into.payloadBytes, PSEUDO)
    t.ok(verify(out, 0, totalBytes, PSEUDO, false))
    const again = blankUdp()
    parse(out, 0, out.length, again)
    t.same({ ...again, checksum }, into, 'mirror')
    t.same(out.subarray(totalBytes), bytes.subarray(totalBytes), 'nothing behind it changed')
  })

t.test('impossible lengths', async (t) => {
  const bytes = new Uint8Array(20)
  for (const length of [0, 1, 7, 21, 0xffff]) {
    Buffer.from(bytes.buffer).writeUInt16BE(length, 4)
    t.notOk(parse(bytes, 0, bytes.length, blankUdp()), `${length}`)
  }
})

t.test('the checksum is the known one', async (t) => {
  // By hand: the words of the pseudo-header (with the length), of the header and of the payload.
  const words = [0xc000, 0x0207, 0xc633, 0x6403, 17, 11, 40_000, 53, 11, 0x6162, 0x6300]
  const total = words.reduce((sum, word) => sum + word, 0)
  const folded = (total & 0xffff) + (total >>> 16)
  const bytes = new Uint8Array(11)
  bytes.set(Buffer.from('abc'), 8)
  emit(bytes, 0, 40_000, 53, 3, PSEUDO)
  t.equal(Buffer.from(bytes).readUInt16BE(6), ~((folded & 0xffff) + (folded >>> 16)) & 0xffff)
})

t.test('no checksum is right over IPv4 and wrong over IPv6', async (t) => {
  const bytes = hex('0001 0002 0008 0000')
  t.ok(verify(bytes, 0, 8, PSEUDO, true))
  t.notOk(verify(bytes, 0, 8, PSEUDO6, false))
})

t.test('a sum of zero goes out as all ones, and is verified', async (t) => {
  const bytes = new Uint8Array(10)
  // Payload of 2 bytes that makes the sum ffff: try them all, one of them does.
  let zeros = 0
  for (let word = 0; word < 0x10000; word++) {
    bytes[8] = word >>> 8
    bytes[9] = word
    emit(bytes, 0, 1, 2, 2, PSEUDO)
    const checksum = Buffer.from(bytes).readUInt16BE(6)
    if (checksum === 0) t.fail(`${word}: no checksum`)
    if (checksum !== 0xffff) continue
    zeros++
    t.ok(verify(bytes, 0, 10, PSEUDO, false))
  }
  t.equal(zeros, 1)
})

t.test('verify: odd lengths, and every bit counts, over IPv4 and IPv6', async (t) => {
  for (const [pseudo, other] of [
    [PSEUDO, PSEUDO + 1],
    [PSEUDO6, PSEUDO6 + 1],
  ] as const)
    for (const length of [0, 1, 2, 7, 512]) {
      const bytes = new Uint8Array(3 + HEADER_BYTES + length).map((_, i) => i * 31)
      const total = HEADER_BYTES + length
      emit(bytes, 3, 1, 2, length, pseudo)
      t.ok(verify(bytes, 3, total, pseudo, false), `${length} bytes`)
      t.notOk(verify(bytes, 3, total, other, false), 'another address')
      for (let bit = 24; bit < Math.min(bytes.length, 40) * 8; bit++) {
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        if (verify(bytes, 3, total, pseudo, false)) t.fail(`bit ${bit}`)
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      }
    }
})
