import t from 'tap'
import * as arp from '../../../agent/wire/arp.ts'
import { cutLaw, hex } from './rows.ts'

const request = hex('0001 0800 06 04 0001 020000090909 c0000207 000000000000 c6336403')
const reply = hex('0001 0800 06 04 0002 020000090909 c0000207 52540001ff03 c6336403')
const rows: [string, Uint8Array, arp.Arp][] = [
  [
    'request',
    request,
    {
      operation: arp.REQUEST,
      senderHigh: 0x0200,
      senderLow: 0x00090909,
      senderIp: 0xc0000207 | 0,
      targetIp: 0xc6336403 | 0,
    },
  ],
  [
    'reply',
    reply,
    {
      operation: arp.REPLY,
      senderHigh: 0x0200,
      senderLow: 0x00090909,
      senderIp: 0xc0000207 | 0,
      targetIp: 0xc6336403 | 0,
    },
  ],
]

for (const [name, bytes, expected] of rows)
  t.test(name, async (t) => {
    const into = arp.blankArp()
    t.ok(arp.parse(bytes, 0, bytes.length, into))
    t.same(into, expected)
    cutLaw(t, name, bytes, arp.BYTES, arp.parse, arp.blankArp)
    const target = Buffer.from(bytes)
    const out = new Uint8Array(30)
    const mac = bytes.subarray(8, 14)
    const high = target.readUInt16BE(18)
    const low = target.readInt32BE(20)
    arp.emit(out, 1, into.operation, mac, into.senderIp, high, low, into.targetIp)
    t.same([...out], [0, ...bytes, 0], 'mirror')
  })

t.test('another kind of hardware, protocol or length', async (t) => {
  for (const at of [1, 2, 3, 4, 5]) {
    const other = Uint8Array.from(request)
    other[at] = 0x55
    t.notOk(arp.parse(other, 0, other.length, arp.blankArp()), `byte ${at}`)
  }
})
