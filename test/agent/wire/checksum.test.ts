import t from 'tap'
import { fold, pseudoHeader, sum } from '../../../agent/wire/checksum.ts'
import { hex } from './rows.ts'

const checksum = (bytes: Uint8Array): number => fold(sum(bytes, 0, bytes.length, 0))

/** Obviously right: one addition at a time with the carry put back (RFC 1071 1). */
function slow(bytes: Uint8Array): number {
  let total = 0
  for (let i = 0; i < bytes.length; i += 2) {
    total += (bytes[i] as number) * 256 + (bytes[i + 1] ?? 0)
    if (total > 0xffff) total -= 0xffff
  }
  return 0xffff - total
}

t.equal(checksum(hex('0001 f203 f4f5 f6f7')), 0xffff - 0xddf2, 'RFC 1071 3')
t.equal(checksum(hex('4500003c1c4640004006 0000 ac100a63ac100a0c')), 0xb1e6, 'a known header')
t.equal(checksum(hex('4500003c1c4640004006 b1e6 ac100a63ac100a0c')), 0, 'and with its sum')
t.equal(checksum(new Uint8Array(0)), 0xffff)

t.test('odd lengths, all offsets', async (t) => {
  for (let length = 0; length < 200; length++)
    for (const offset of [0, 1, 3]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) & 0xff)
      const padded = new Uint8Array(length + 9).fill(0xee)
      padded.set(bytes, offset)
      if (fold(sum(padded, offset, length, 0)) !== slow(bytes)) t.fail(`${length} at ${offset}`)
    }
  t.pass('600 sums')
})

t.test('the largest: 64 KiB and more of 0xff, which is more than 31 bits', async (t) => {
  for (const length of [65_535, 65_536, 70_001, 300_000]) {
    const bytes = new Uint8Array(length).fill(0xff)
    t.equal(checksum(bytes), slow(bytes), `${length} bytes`)
    bytes[7] = 0x12
    t.equal(checksum(bytes), slow(bytes), `${length} bytes`)
  }
})

t.test('parts of even length are chained', async (t) => {
  const bytes = Uint8Array.from({ length: 101 }, (_, i) => i * 5)
  t.equal(fold(sum(bytes, 40, 61, sum(bytes, 0, 40, 0))), checksum(bytes))
})

t.test('the pseudo-header', async (t) => {
  const bytes = hex('c0000207 c6336403 0006 0014')
  t.equal(
    fold(pseudoHeader(0xc0000207 | 0, 0xc6336403 | 0, 6, 20)),
    checksum(bytes),
    'negative integers are addresses too',
  )
})
