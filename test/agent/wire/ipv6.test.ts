import fc from 'fast-check'
import t from 'tap'
import * as ipv6 from '../../../agent/wire/ipv6.ts'
import { cutLaw, hex } from './rows.ts'

/** An echo reply of Linux 6.18, own capture. */
const captured =
  hex(`6008ccfa 0008 3a40 20010db8000000000000000000000007 20010db8000000000000000000000009
  8100 0239 2cb5 0001`)
const words = (text: string): Int32Array => {
  const into = new Int32Array(4)
  ipv6.getAddress(hex(text), 0, into)
  return into
}
const SOURCE = words('20010db8000000000000000000000007')
const DESTINATION = words('20010db8000000000000000000000009')

t.test('parse', async (t) => {
  const into = ipv6.blankIpv6()
  const padded = new Uint8Array(70).fill(0xaa)
  padded.set(captured, 9)
  t.ok(ipv6.parse(padded, 9, 55, into), 'with padding behind it')
  t.same(into, {
    packet: 9,
    totalBytes: 48,
    trafficClass: 0,
    flowLabel: 0x8ccfa,
    hopLimit: 64,
    source: 17,
    destination: 33,
    protocol: 58,
    payload: 49,
    payloadBytes: 8,
    namedAt: 6,
    fragmentOffset: 0,
    moreFragments: false,
    id: 0,
    problem: 0,
    pointer: 0,
  })
  cutLaw(t, 'captured', captured, captured.length, ipv6.parse, ipv6.blankIpv6)
})

t.test('a reused result keeps nothing of the last packet', async (t) => {
  const used = ipv6.blankIpv6()
  for (const key of ['fragmentOffset', 'id', 'problem', 'pointer', 'namedAt'] as const)
    used[key] = 99
  used.moreFragments = true
  const fresh = ipv6.blankIpv6()
  ipv6.parse(captured, 0, captured.length, used)
  ipv6.parse(captured, 0, captured.length, fresh)
  t.same(used, fresh)
})

t.test('mirror', async (t) => {
  const out = new Uint8Array(50).fill(0xee)
  ipv6.emit(out, 3, 8, 0, 0x8ccfa, 58, 64, SOURCE, DESTINATION)
  t.same(out.subarray(3, 43), captured.subarray(0, 40))
  t.same([out[2], out[43]], [0xee, 0xee], 'nothing beside it')
})

t.test('emit and parse: any header', async () => {
  const byte = fc.integer({ min: 0, max: 255 })
  const address = fc.int32Array({ minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1400 }),
      byte,
      fc.integer({ min: 0, max: 0xfffff }),
      byte,
      byte,
      address,
      address,
      (length, trafficClass, flowLabel, next, hopLimit, source, destination) => {
        const bytes = new Uint8Array(1500)
        ipv6.emit(bytes, 5, length, trafficClass, flowLabel, next, hopLimit, source, destination)
        const ip = ipv6.blankIpv6()
        return (
          ipv6.parse(bytes, 5, 1490, ip) &&
          ip.payloadBytes === length &&
          ip.trafficClass === trafficClass &&
          ip.flowLabel === flowLabel &&
          ip.protocol === next &&
          ip.hopLimit === hopLimit &&
          ipv6.isAddress(bytes, ip.source, source) &&
          ipv6.isAddress(bytes, ip.destination, destination)
        )
      },
    ),
  )
})

t.test('impossible', async (t) => {
  const change: [string, at: number, value: number][] = [
    ['version 4', 0, 0x45],
    ['version 7', 0, 0x70],
    ['a length beyond what came', 5, 9],
    ['far beyond', 4, 0xff],
  ]
  for (const [name, at, value] of change) {
    const bytes = Uint8Array.from(captured)
    bytes[at] = value
    t.notOk(ipv6.parse(bytes, 0, bytes.length, ipv6.blankIpv6()), name)
  }
})

t.test('kinds of addresses', async (t) => {
  const rows: [string, multicast: boolean, linkLocal: boolean, none: boolean, martian: boolean][] =
    [
      ['20010db8000000000000000000000007', false, false, false, false],
      ['fe800000000000000000000000000007', false, true, false, false],
      ['febf0000000000000000000000000007', false, true, false, false],
      ['fec00000000000000000000000000007', false, false, false, false],
      ['ff020000000000000000000000000001', true, false, false, true],
      ['00000000000000000000000000000000', false, false, true, true],
      ['00000000000000000000000000000001', false, false, false, true],
      ['00000000000000000000000000000002', false, false, false, false],
      ['00000000000000000000ffffc0000207', false, false, false, true],
      ['0064ff9b0000000000000000c0000207', false, false, false, false],
    ]
  for (const [text, multicast, linkLocal, none, martian] of rows) {
    const at = hex(`99${text}`)
    t.same(
      [
        ipv6.isMulticast(at, 1),
        ipv6.isLinkLocal(at, 1),
        ipv6.isUnspecified(at, 1),
        ipv6.isMartian(at, 1),
      ],
      [multicast, linkLocal, none, martian],
      text,
    )
  }
  for (let i = 0; i < 16; i++) {
    const other = hex('20010db8000000000000000000000007')
    other[i] = (other[i] as number) ^ 4
    t.notOk(ipv6.isAddress(other, 0, SOURCE), `byte ${i} differs`)
  }
})
