import fc from 'fast-check'
import t from 'tap'
import * as ext from '../../../agent/wire/extensions6.ts'
import * as ipv6 from '../../../agent/wire/ipv6.ts'
import { fenced, hex } from './rows.ts'

const UNICAST = '20010db8000000000000000000000007'
const GROUP = 'ff020000000000000000000000000001'
const TCP = '9c40 0050 00000001 00000000 5002 ffff 0000 0000'

function packet(next: number, rest: string, destination = UNICAST): Uint8Array {
  const body = hex(rest)
  const head = hex(`60000000 0000 0040 20010db8000000000000000000000009 ${destination}`)
  head[4] = body.length >> 8
  head[5] = body.length
  head[6] = next
  return Buffer.concat([head, body])
}

type Seen = { verdict: ext.Verdict; ip: ipv6.Ipv6 }
function walked(bytes: Uint8Array): Seen {
  const ip = ipv6.blankIpv6()
  if (!ipv6.parse(bytes, 0, bytes.length, ip)) throw new Error('no packet')
  return { verdict: ext.walk(bytes, ip), ip }
}

const PAD = '00 01 04 00000000'
t.test('the upper layer', async (t) => {
  const rows: [string, next: number, rest: string, protocol: number, at: number, named: number][] =
    [
      ['none before it', 6, TCP, 6, 40, 6],
      ['hop-by-hop', 0, `06 ${PAD} ${TCP}`, 6, 48, 40],
      ['destination options', 60, `06 ${PAD} ${TCP}`, 6, 48, 40],
      [
        'a router alert and unknown options to be skipped',
        0,
        `06 00 0502 0000 1f00 ${TCP}`,
        6,
        48,
        40,
      ],
      [
        'an option of 8 bytes and Pad1',
        60,
        `06 01 1e08 1111111111111111 00 00 00 00 ${TCP}`,
        6,
        56,
        40,
      ],
      ['routing with no segments left', 43, `06 00 02 00 00000000 ${TCP}`, 6, 48, 40],
      ['type 0 too', 43, `06 00 00 00 00000000 ${TCP}`, 6, 48, 40],
      ['all of them', 0, `3c ${PAD} 2b ${PAD} 3c 00 02 00 00000000 06 ${PAD} ${TCP}`, 6, 72, 64],
      ['an atomic fragment', 44, `06 00 0000 00000007 ${TCP}`, 6, 48, 40],
      ['no next header', 59, '1234', 59, 40, 6],
      ['behind an extension', 60, `3b ${PAD}`, 59, 48, 40],
      ['ESP', 50, '00', 50, 40, 6],
      ['AH', 51, `06 04 0000 00000000`, 51, 40, 6],
      ['nothing of TCP', 6, '', 6, 40, 6],
    ]
  for (const [name, next, rest, protocol, at, named] of rows) {
    const bytes = packet(next, rest)
    const { verdict, ip } = walked(bytes)
    t.equal(verdict, ext.PASSED, name)
    t.same(
      { protocol: ip.protocol, payload: ip.payload, bytes: ip.payloadBytes, named: ip.namedAt },
      { protocol, payload: at, bytes: bytes.length - at, named },
      name,
    )
    t.equal(bytes[named], protocol, `${name}: where it is named`)
  }
})

t.test('pieces', async (t) => {
  const { verdict, ip } = walked(packet(60, `2c ${PAD} 06 00 0001 deadbeef ${TCP} 00000000`))
  t.equal(verdict, ext.PIECE)
  t.match(ip, { fragmentOffset: 0, moreFragments: true, id: 0xdeadbeef | 0 })
  t.match(ip, { protocol: 6, payload: 56, payloadBytes: 24 })
  const middle = walked(packet(44, `3c 00 0579 00000007 0102030405060708`))
  t.equal(middle.verdict, ext.PIECE)
  t.match(middle.ip, { fragmentOffset: 0x578, moreFragments: true, id: 7, protocol: 60 })
  const last = walked(packet(44, `06 00 0578 00000007 01`))
  t.equal(last.verdict, ext.PIECE)
  t.match(last.ip, { fragmentOffset: 0x578, moreFragments: false, payload: 48, payloadBytes: 1 })
})

t.test('a first piece must hold all headers (RFC 7112)', async (t) => {
  const rows: [string, rest: string, ext.Verdict][] = [
    ['TCP whole', `06 00 0001 00000007 ${TCP} 00000000`, ext.PIECE],
    ['TCP cut', '06 00 0001 00000007 0102030405060708 0102030405060708', ext.FAULTY],
    ['UDP whole', '11 00 0001 00000007 0102030405060708', ext.PIECE],
    ['ICMPv6 whole', '3a 00 0001 00000007 0102030405060708', ext.PIECE],
    ['empty', '11 00 0001 00000007', ext.FAULTY],
    ['options and nothing', `3c 00 0001 00000007 06 ${PAD}`, ext.FAULTY],
    ['options that go on in the next', '3c 00 0001 00000007 06 01 0000 00000000', ext.FAULTY],
    ['what is none of a first piece', '3c 00 0011 00000007 06 01 0000 00000000', ext.PIECE],
    [
      'an option is read when the whole is there',
      '3c 00 0001 00000007 3b 00 c200 00000000',
      ext.PIECE,
    ],
  ]
  for (const [name, rest, verdict] of rows) {
    const seen = walked(packet(44, rest))
    t.equal(seen.verdict, verdict, name)
    if (verdict === ext.FAULTY)
      t.match(seen.ip, { problem: ext.INCOMPLETE_CHAIN, pointer: 0 }, name)
  }
})

t.test('what is told', async (t) => {
  const rows: [
    string,
    next: number,
    rest: string,
    problem: number,
    pointer: number,
    to?: string,
  ][] = [
    ['hop-by-hop behind another', 60, `00 ${PAD} 06 ${PAD} ${TCP}`, 1, 40],
    ['hop-by-hop twice', 0, `00 ${PAD} 06 ${PAD} ${TCP}`, 1, 40],
    ['routing type 0 with segments left', 43, `06 02 00 01 00000000 ${UNICAST} ${TCP}`, 0, 42],
    ['any type', 43, `06 00 fd 01 00000000 ${TCP}`, 0, 42],
    ['an option that wants it told', 0, `06 00 8000 01020000 ${TCP}`, 2, 42],
    ['behind others', 60, `06 00 00 1e00 c200 00 ${TCP}`, 2, 45],
    ['to a group', 0, `06 00 8000 01020000 ${TCP}`, 2, 42, GROUP],
    ['a piece of no multiple of 8', 44, '06 00 0009 00000007 010203', 0, 4],
    ['a piece beyond 64 KiB', 44, '06 00 fff8 00000007 0102030405060708', 0, 42],
  ]
  for (const [name, next, rest, problem, pointer, to] of rows) {
    const { verdict, ip } = walked(packet(next, rest, to))
    t.equal(verdict, ext.FAULTY, name)
    t.match(ip, { problem, pointer }, name)
  }
})

t.test('what is ignored', async (t) => {
  const many = (count: number): string => `3c ${PAD} `.repeat(count)
  const rows: [string, next: number, rest: string, to?: string][] = [
    ['an option that wants it so', 0, `06 00 4000 01020000 ${TCP}`],
    ['an option beyond its header', 0, `06 00 1e05 00000000 ${TCP}`],
    ['an option without a length', 0, `06 00 0103 000000 1e ${TCP}`],
    ['a header beyond the packet', 60, '06 02 0104 00000000'],
    ['a header cut short', 60, '06 00 0104 000000'],
    ['cut behind an atomic fragment', 44, '3c 00 0000 00000007 06 00'],
    ['two fragment headers', 44, `2c 00 0000 00000007 06 00 0000 00000007 ${TCP}`],
    ['nine headers', 60, `${many(8)} 06 ${PAD} ${TCP}`],
    ['264 bytes', 60, `06 20 ${'00'.repeat(262)} ${TCP}`],
    ['to a group: who is told only alone', 0, `06 00 c200 00000000 ${TCP}`, GROUP],
    ['to a group: a routing header', 43, `06 00 fd 01 00000000 ${TCP}`, GROUP],
  ]
  for (const [name, next, rest, to] of rows)
    t.equal(walked(packet(next, rest, to)).verdict, ext.DROPPED, name)
  t.equal(walked(packet(60, `${many(7)} 06 ${PAD} ${TCP}`)).verdict, ext.PASSED, 'eight headers')
  t.equal(walked(packet(60, `06 1f ${'00'.repeat(254)} ${TCP}`)).verdict, ext.PASSED, '256 bytes')
})

t.test('of a whole datagram', async (t) => {
  const ip = walked(packet(44, '3c 00 0578 00000007 01')).ip
  const whole = hex(`06 ${PAD} ${TCP}`)
  t.equal(ext.walkWhole(whole, 60, ip), ext.PASSED)
  t.match(ip, { protocol: 6, payload: 8, payloadBytes: 20, source: 8, destination: 24 })
  t.equal(ext.walkWhole(hex(TCP), 6, ip), ext.PASSED)
  t.match(ip, { protocol: 6, payload: 0, payloadBytes: 20 })
  for (const [name, protocol, rest] of [
    ['a fragment in it', 44, `06 00 0000 00000007 ${TCP}`],
    ['hop-by-hop', 0, `06 ${PAD} ${TCP}`],
    ['a bad option', 60, `06 00 8000 01020000 ${TCP}`],
    ['cut short', 60, '06 01 0104 00000000'],
  ] as const)
    t.equal(ext.walkWhole(hex(rest), protocol, ip), ext.DROPPED, name)
})

t.test('cut at every length: no exception, no read beyond', async (t) => {
  const rest = `3c ${PAD} 2b ${PAD} 2c 00 02 00 00000000 3c 00 0001 00000007 06 ${PAD} ${TCP} 00000000`
  const bytes = packet(0, rest)
  for (let length = 40; length <= bytes.length; length++) {
    const cut = Uint8Array.from(bytes.subarray(0, length))
    cut[5] = length - 40
    const ip = ipv6.blankIpv6()
    t.ok(ipv6.parse(cut, 0, length, ip))
    const verdict = ext.walk(fenced(cut, 0, length), ip)
    if (length < bytes.length && verdict === ext.PASSED) t.fail(`${length} bytes`)
    if (length === bytes.length) t.equal(verdict, ext.PIECE)
  }
})

t.test('any bytes: never an exception, never a payload outside', async () => {
  // Extensions are made likely.
  const byte = fc.oneof(fc.constantFrom(0, 1, 6, 43, 44, 60), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), byte, (rest, next) => {
      const bytes = packet(next, Buffer.from(rest).toString('hex'))
      const ip = ipv6.blankIpv6()
      ipv6.parse(bytes, 0, bytes.length, ip)
      const verdict = ext.walk(fenced(bytes, 0, bytes.length), ip)
      const inside =
        ip.payload >= 40 && ip.payload + ip.payloadBytes === bytes.length && ip.payloadBytes >= 0
      if (verdict === ext.FAULTY) return ip.pointer < bytes.length && ip.problem <= 3
      return verdict === ext.DROPPED || inside
    }),
    { numRuns: 3000 },
  )
})
