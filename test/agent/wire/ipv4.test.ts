import t from 'tap'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import { cutLaw, hex } from './rows.ts'

const plain = hex('4500001c1c464000400681b0 c0000207 c6336403 0102030405060708')
const options = hex('4600 0018 0000 0000 ff01 0000 c0000207 c6336403 94040000')
const fragment = hex(
  '4510 0024 abcd 2005 8011 0000 0a000001 ffffffff 00112233445566778899aabbccddeeff',
)
seal(plain)
seal(options)
seal(fragment)

function seal(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let sum = 0
  view.setUint16(10, 0)
  for (let at = 0; at < Math.min((view.getUint8(0) & 15) * 4, bytes.length); at += 2)
    sum += view.getUint16(at)
  view.setUint16(10, ~((sum & 0xffff) + (sum >> 16)))
}

const rows: [string, Uint8Array, ipv4.Ipv4][] = [
  [
    'plain',
    plain,
    {
      version: 4,
      payload: 20,
      payloadBytes: 8,
      headerBytes: 20,
      totalBytes: 28,
      tos: 0,
      id: 0x1c46,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      protocol: ipv4.TCP,
      source: 0xc0000207 | 0,
      destination: 0xc6336403 | 0,
    },
  ],
  [
    'with options',
    options,
    {
      version: 4,
      payload: 24,
      payloadBytes: 0,
      headerBytes: 24,
      totalBytes: 24,
      tos: 0,
      id: 0,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 255,
      protocol: ipv4.ICMP,
      source: 0xc0000207 | 0,
      destination: 0xc6336403 | 0,
    },
  ],
  [
    'a fragment',
    fragment,
    {
      version: 4,
      payload: 20,
      payloadBytes: 16,
      headerBytes: 20,
      totalBytes: 36,
      tos: 0x10,
      id: 0xabcd,
      dontFragment: false,
      moreFragments: true,
      fragmentOffset: 40,
      ttl: 128,
      protocol: ipv4.UDP,
      source: 0x0a000001,
      destination: -1,
    },
  ],
]

for (const [name, bytes, expected] of rows)
  t.test(name, async (t) => {
    const into = ipv4.blankIpv4()
    t.ok(ipv4.parse(bytes, 0, bytes.length, into))
    t.same(into, expected)
    const padded = new Uint8Array(70).fill(0xaa)
    padded.set(bytes, 9)
    t.ok(ipv4.parse(padded, 9, 55, into), 'with padding behind it')
    t.same({ ...into, payload: into.payload - 9 }, expected)
    cutLaw(t, name, bytes, expected.totalBytes, ipv4.parse, ipv4.blankIpv4)
  })

t.test('mirror', async (t) => {
  const out = new Uint8Array(40).fill(0xee)
  ipv4.emit(out, 3, 8, 0, 0x1c46, true, 64, ipv4.TCP, 0xc0000207 | 0, 0xc6336403 | 0)
  t.same(out.subarray(3, 23), plain.subarray(0, 20))
  t.same([out[2], out[23]], [0xee, 0xee], 'nothing beside it')
})

t.test('impossible', async (t) => {
  const change: [string, at: number, value: number][] = [
    ['version 6', 0, 0x65],
    ['a header of 16 bytes', 0, 0x44],
    ['a header longer than the packet', 0, 0x4f],
    ['total length below the header', 3, 19],
    ['total length beyond what came', 3, 29],
    ['total length far beyond', 2, 0xff],
  ]
  for (const [name, at, value] of change) {
    const bytes = Uint8Array.from(plain)
    bytes[at] = value
    seal(bytes)
    t.notOk(ipv4.parse(bytes, 0, bytes.length, ipv4.blankIpv4()), name)
  }
  for (let bit = 0; bit < 160; bit++) {
    const bytes = Uint8Array.from(plain)
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
    if (ipv4.parse(bytes, 0, bytes.length, ipv4.blankIpv4())) t.fail(`bit ${bit} turned over`)
  }
})

t.test('addresses as text', async (t) => {
  for (const text of ['0.0.0.0', '192.0.2.7', '255.255.255.255', '10.200.30.4']) {
    const value = ipv4.parseAddress(text)
    t.equal(value === undefined ? undefined : ipv4.addressText(value), text)
  }
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.',
    ' 1.2.3.4',
    '-1.2.3.4',
    '1e1.2.3.4',
  ])
    t.equal(ipv4.parseAddress(text), undefined, text)
})
