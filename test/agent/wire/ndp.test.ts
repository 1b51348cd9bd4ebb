import fc from 'fast-check'
import t from 'tap'
import * as icmp6 from '../../../agent/wire/icmp6.ts'
import { getAddress } from '../../../agent/wire/ipv6.ts'
import * as ndp from '../../../agent/wire/ndp.ts'
import { fenced, hex } from './rows.ts'

const TARGET = '20010db8000000000000000000000007'
const PREFIX = '20010db8000100000000000000000000'
const MAC = hex('020000090909')
const target = new Int32Array(4)
getAddress(hex(TARGET), 0, target)

const prefixOption = (flags: string, prefix = PREFIX): string =>
  `0304 40 ${flags} 00278d00 00093a80 00000000 ${prefix}`

function parsed(text: string): ndp.Ndp | undefined {
  const bytes = hex(`aa${text}bb`)
  const into = ndp.blankNdp()
  // What the last message left must be gone.
  Object.assign(into, { linked: true, prefix: 99, mtu: 99, flags: 99 })
  const length = bytes.length - 2
  return ndp.parse(fenced(bytes, 1, length), 1, length, into) ? into : undefined
}

t.test('what Linux 6.18 says (own capture)', async (t) => {
  t.match(parsed(`8700 1304 00000000 ${TARGET} 0101 020000090909`), {
    type: icmp6.NEIGHBOUR_SOLICITATION,
    target: 9,
    linked: true,
    linkHigh: 0x0200,
    linkLow: 0x00090909,
    prefix: -1,
    mtu: 0,
  })
  const nonce = parsed(`8700 455c 00000000 ${TARGET} 0e01 9c0151090c6d`)
  t.match(nonce, { target: 9, linked: false }, 'an option that is not known is passed over')
  t.match(parsed(`8700 4ce1 00000000 ${TARGET}`), { linked: false })
  t.match(parsed(`8800 3809 60000000 ${TARGET} 0201 525400010203`), {
    type: icmp6.NEIGHBOUR_ADVERTISEMENT,
    flags: ndp.SOLICITED | ndp.OVERRIDE,
    target: 9,
    linked: true,
    linkHigh: 0x5254,
    linkLow: 0x00010203,
  })
})

t.test('router advertisement', async (t) => {
  const head = '8600 0000 40 c0 0708 00000000 00000000'
  const known = parsed(
    `${head} 0101 020000090909 0501 0000 000005dc ${prefixOption('80', TARGET)} ${prefixOption('c0')}`,
  )
  t.match(known, {
    type: icmp6.ROUTER_ADVERTISEMENT,
    target: -1,
    hopLimit: 64,
    flags: 0xc0,
    lifetime: 1800,
    mtu: 1500,
    linked: true,
    linkLow: 0x00090909,
    prefix: 1 + 16 + 8 + 8 + 32 + 16,
    prefixBits: 64,
    prefixFlags: ndp.ON_LINK | ndp.AUTONOMOUS,
    validLifetime: 2_592_000,
    preferredLifetime: 604_800,
  })
  t.match(parsed(head), { prefix: -1, mtu: 0, linked: false, hopLimit: 64 })
  const two = parsed(`${head} ${prefixOption('c0')} ${prefixOption('c0', TARGET)}`)
  t.match(two, { prefix: 33 }, 'the first that counts')
  t.match(parsed(`${head} ${prefixOption('80')}`), { prefixFlags: ndp.ON_LINK })
  const long = prefixOption('c0').replace('40', 'ff')
  t.match(parsed(`${head} ${long}`), { prefix: -1 }, 'of 255 bits')
})

t.test('not valid', async (t) => {
  const rows: [string, string][] = [
    ['another type', `8900 0000 00000000 ${TARGET}`],
    ['another code', `8701 0000 00000000 ${TARGET}`],
    ['a group as target', `8700 0000 00000000 ff020000000000000000000000000001`],
    ['an option of length 0', `8700 0000 00000000 ${TARGET} 0100 020000090909`],
    ['an option beyond the end', `8700 0000 00000000 ${TARGET} 0102 020000090909`],
    ['half an option', `8700 0000 00000000 ${TARGET} 0101 0200`],
    ['too many options', `8700 0000 00000000 ${TARGET} ${'0e01 000000000000'.repeat(17)}`],
  ]
  for (const [name, text] of rows) t.equal(parsed(text), undefined, name)
  const most = `8700 0000 00000000 ${TARGET} ${'0e01 000000000000'.repeat(ndp.MAX_OPTIONS)}`
  t.ok(parsed(most), 'as many options as may be')
})

t.test('cut at every length: only between options', async (t) => {
  const rows: [string, number[]][] = [
    [`8700 1304 00000000 ${TARGET} 0101 020000090909`, [24, 32]],
    [`8600 0000 4000 0708 00000000 00000000 0101 020000090909 ${prefixOption('c0')}`, [16, 24, 56]],
  ]
  for (const [text, whole] of rows) {
    const bytes = hex(text)
    const good: number[] = []
    for (let length = 0; length <= bytes.length; length++)
      if (ndp.parse(fenced(bytes, 0, length), 0, length, ndp.blankNdp())) good.push(length)
    t.same(good, whole)
  }
})

t.test('emit', async (t) => {
  const rows: [string, (out: Uint8Array) => number, string][] = [
    [
      'solicitation',
      (out) => ndp.emitSolicitation(out, 1, target, MAC),
      `00000000 ${TARGET} 0101 020000090909`,
    ],
    ['probe', (out) => ndp.emitSolicitation(out, 1, target, undefined), `00000000 ${TARGET}`],
    [
      'advertisement',
      (out) => ndp.emitAdvertisement(out, 1, ndp.ROUTER | ndp.OVERRIDE, target, MAC),
      `a0000000 ${TARGET} 0201 020000090909`,
    ],
    [
      'short advertisement',
      (out) => ndp.emitAdvertisement(out, 1, ndp.SOLICITED, target, undefined),
      `40000000 ${TARGET}`,
    ],
    [
      'router solicitation',
      (out) => ndp.emitRouterSolicitation(out, 1, MAC),
      '00000000 0101 020000090909',
    ],
  ]
  for (const [name, emit, expected] of rows) {
    const out = new Uint8Array(40).fill(0xee)
    const length = emit(out)
    t.equal(
      Buffer.from(out.subarray(5, 1 + length)).toString('hex'),
      expected.replaceAll(' ', ''),
      name,
    )
    t.ok(
      [0, 1, 2, 3, 4, 1 + length].every((at) => out[at] === 0xee),
      `${name}: nothing beside it`,
    )
  }
})

t.test('the group that is asked', async (t) => {
  const group = new Int32Array(4)
  ndp.solicitedNode(Int32Array.of(0xfe800000, 0, 0x021122ff, 0xfe334455), group)
  t.same([...group], [0xff020000 | 0, 0, 1, 0xff334455 | 0])
  const both = hex(`ff0200000000000000000001ff334455 fe80000000000000021122fffe334455`)
  t.ok(ndp.isSolicitedNode(both, 0, 16))
  for (let i = 0; i < 16; i++) {
    const other = Uint8Array.from(both)
    other[i] = (other[i] as number) ^ 1
    t.notOk(ndp.isSolicitedNode(other, 0, 16), `byte ${i}`)
  }
})

t.test('any bytes: never an exception', async () => {
  const types = fc.constantFrom(133, 134, 135, 136, 137)
  const option = fc.tuple(
    fc.constantFrom(1, 2, 3, 5, 14),
    fc.integer({ min: 0, max: 4 }),
    fc.uint8Array({ maxLength: 31 }),
  )
  fc.assert(
    fc.property(types, fc.array(option, { maxLength: 20 }), (type, options) => {
      const bytes = Buffer.from([
        ...[type, 0, 0, 0, ...new Uint8Array(20)],
        ...options.flatMap(([kind, length, rest]) => [kind, length, ...rest]),
      ])
      const into = ndp.blankNdp()
      ndp.parse(fenced(bytes, 0, bytes.length), 0, bytes.length, into)
      return into.prefix + 16 <= bytes.length && into.target <= 8
    }),
    { numRuns: 2000 },
  )
})
