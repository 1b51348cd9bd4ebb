import t from 'tap'
import { pseudoHeader6, pseudoHeader6At } from '../../../agent/wire/checksum.ts'
import { blankIcmp } from '../../../agent/wire/icmp.ts'
import * as icmp6 from '../../../agent/wire/icmp6.ts'
import { getAddress } from '../../../agent/wire/ipv6.ts'
import { fenced, hex } from './rows.ts'

/** Linux 6.18 asks for its neighbour: own capture. */
const packet =
  hex(`60000000 0020 3aff 20010db8000000000000000000000009 ff0200000000000000000001ff000007
  8700 1304 00000000 20010db8000000000000000000000007 0101 020000090909`)
const source = new Int32Array(4)
const destination = new Int32Array(4)
getAddress(packet, 8, source)
getAddress(packet, 24, destination)
const message = packet.subarray(40)
const seed = pseudoHeader6(source, destination, 58, 32)

t.test('both ways to the pseudo-header', async (t) => {
  t.equal(pseudoHeader6At(packet, 8, 58, 32), seed)
})

t.test('parse', async (t) => {
  const into = blankIcmp()
  t.ok(icmp6.parse(message, 0, 32, seed, into))
  t.same(into, { type: icmp6.NEIGHBOUR_SOLICITATION, code: 0, payload: 8, payloadBytes: 24 })
  t.ok(icmp6.parse(packet, 40, 32, pseudoHeader6At(packet, 8, 58, 32), into))
  t.equal(into.payload, 48)
})

t.test('a sum that is wrong', async (t) => {
  t.notOk(icmp6.parse(message, 0, 32, 0, blankIcmp()), 'the pseudo-header belongs to it')
  t.notOk(icmp6.parse(message, 0, 32, pseudoHeader6(source, source, 58, 32), blankIcmp()))
  for (let bit = 0; bit < 32 * 8; bit++) {
    const bytes = Uint8Array.from(message)
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
    if (icmp6.parse(bytes, 0, 32, seed, blankIcmp())) t.fail(`bit ${bit} turned over`)
  }
})

t.test('cut at every length', async (t) => {
  for (let length = 0; length < 32; length++) {
    const sum = pseudoHeader6(source, destination, 58, length)
    if (icmp6.parse(fenced(message, 0, length), 0, length, sum, blankIcmp())) t.fail(`${length}`)
  }
  t.pass()
})

t.test('seal: as Linux did', async (t) => {
  const bytes = Uint8Array.from(packet)
  bytes.fill(0xee, 40, 44)
  icmp6.seal(bytes, 40, icmp6.NEIGHBOUR_SOLICITATION, 0, 32, seed)
  t.same([...bytes], [...packet])
})

t.test('an error is below 128 (RFC 4443 2.1)', async (t) => {
  t.ok(icmp6.isError(icmp6.PARAMETER_PROBLEM))
  t.notOk(icmp6.isError(icmp6.ECHO_REQUEST))
})
