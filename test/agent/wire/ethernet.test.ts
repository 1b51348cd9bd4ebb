import t from 'tap'
import * as ethernet from '../../../agent/wire/ethernet.ts'
import { cutLaw, hex } from './rows.ts'

const rows: [string, Uint8Array, type: number, payload: number][] = [
  ['IPv4', hex('ffffffffffff 020000090909 0800'), 0x0800, 14],
  ['ARP', hex('525400010203 020000090909 0806'), 0x0806, 14],
  ['a tag', hex('525400010203 020000090909 81000064 0800'), 0x0800, 18],
  ['two tags', hex('525400010203 020000090909 88a80064 81000065 86dd'), 0x86dd, 22],
  ['a length, not a type', hex('525400010203 020000090909 0026'), 0x0026, 14],
]

for (const [name, bytes, type, payload] of rows) {
  t.test(name, async (t) => {
    const into = ethernet.blankEthernet()
    const padded = new Uint8Array([1, 2, 3, ...bytes])
    t.ok(ethernet.parse(padded, 3, bytes.length, into))
    t.same(into, { destination: 3, source: 9, type, payload: payload + 3 })
    cutLaw(t, name, bytes, bytes.length, ethernet.parse, ethernet.blankEthernet)
  })
}

t.test('three tags are too many', async (t) => {
  const bytes = hex('525400010203 020000090909 81000001 81000002 81000003 0800')
  t.notOk(ethernet.parse(bytes, 0, bytes.length, ethernet.blankEthernet()))
})

t.test('mirror', async (t) => {
  for (const [, bytes, type] of rows.filter(([, bytes]) => bytes.length === 14)) {
    const view = Buffer.from(bytes)
    const out = new Uint8Array(20)
    const high = view.readUInt16BE(0)
    ethernet.emit(out, 4, high, view.readInt32BE(2), bytes.subarray(6, 12), type)
    t.same([...out], [0, 0, 0, 0, ...bytes, 0, 0])
  }
})
