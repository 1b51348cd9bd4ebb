import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { addressText6, parseAddress6 } from '../../../agent/wire/address6.ts'

t.test('as RFC 5952 writes them', async (t) => {
  const rows: [text: string, canonical: string][] = [
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8::7', '2001:db8::7'],
    ['2001:0DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:1:0:0:0:0', '0:0:0:1::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['fe80::d035:bcff:fe57:10f6', 'fe80::d035:bcff:fe57:10f6'],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
    ['::FFFF:c000:207', '::ffff:192.0.2.7'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ]
  for (const [text, canonical] of rows) {
    const words = parseAddress6(text)
    t.equal(words === undefined ? undefined : addressText6(words), canonical, text)
  }
})

t.test('none', async (t) => {
  for (const text of [
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4::5:6:7:8',
    '::1:2:3:4:5:6:7:8',
    '1:',
    ':1',
    '::1:',
    '12345::',
    'g::',
    ' ::1',
    '::1%eth0',
    '::1/64',
    '[::1]',
    '192.0.2.7',
    '::192.0.2',
    '::192.0.2.256',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::-1',
    `::${'0'.repeat(60)}1`,
  ])
    t.equal(parseAddress6(text), undefined, text)
})

t.test('any address and any text: as Node reads and the URL standard writes them', async () => {
  const word = fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), (four) => {
      const words = Int32Array.from(four)
      const text = addressText6(words)
      const back = parseAddress6(text)
      const mapped = four[0] === 0 && four[1] === 0 && four[2] === 0xffff
      return (
        isIPv6(text) &&
        back?.join() === words.join() &&
        (mapped || new URL(`http://[${text}]/`).hostname === `[${text}]`)
      )
    }),
  )
  const piece = fc.constantFrom(
    ':',
    '::',
    '0',
    '1',
    'ab',
    'FFFF',
    '10000',
    '1.2.3.4',
    '.',
    '%',
    '/',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
      const text = pieces.join('')
      return (parseAddress6(text) !== undefined) === (isIPv6(text) && !text.includes('%'))
    }),
    { numRuns: 5000 },
  )
})
