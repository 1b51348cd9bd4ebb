import t from 'tap'
import * as icmp from '../../../agent/wire/icmp.ts'
import { fenced, hex } from './rows.ts'

const echo = hex('0800 f7f7 0001 0002 0001 0203')
icmp.seal(echo, 0, 8, 0, echo.length)

t.test('parse', async (t) => {
  const into = icmp.blankIcmp()
  t.ok(icmp.parse(echo, 0, echo.length, into))
  t.same(into, { type: icmp.ECHO_REQUEST, code: 0, payload: 8, payloadBytes: 4 })
})

t.test('the checksum is the known one', async (t) => {
  // 0800 + 0001 + 0002 + 0001 + 0203 = 0a07
  t.equal(Buffer.from(echo).readUInt16BE(2), 0xffff - 0x0a07)
})

t.test('cut at every length: no read beyond, and only the whole message has its sum', async (t) => {
  for (let length = 0; length < echo.length; length++) {
    const good = icmp.parse(fenced(echo, 0, length), 0, length, icmp.blankIcmp())
    t.notOk(good, `${length} bytes`)
  }
})

t.test('odd lengths', async (t) => {
  const bytes = new Uint8Array(31).fill(7)
  icmp.seal(bytes, 2, 0, 3, 29)
  const into = icmp.blankIcmp()
  t.ok(icmp.parse(bytes, 2, 29, into))
  t.same(into, { type: icmp.ECHO_REPLY, code: 3, payload: 10, payloadBytes: 21 })
  t.same([bytes[1], bytes[10], bytes[30]], [7, 7, 7], 'nothing else changed')
})
