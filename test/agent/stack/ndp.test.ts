/** Against what Linux 6.18 sends and answers (own capture): frame for frame. */
import t from 'tap'
import { cable } from '../../../agent/link/cable.ts'
import { Discovery, type Resident } from '../../../agent/stack/ndp.ts'
import { pseudoHeader6At } from '../../../agent/wire/checksum.ts'
import { PASSED, walk } from '../../../agent/wire/extensions6.ts'
import { blankIcmp } from '../../../agent/wire/icmp.ts'
import * as icmp6 from '../../../agent/wire/icmp6.ts'
import * as ipv6 from '../../../agent/wire/ipv6.ts'
import * as wire from '../../../agent/wire/ndp.ts'
import { hex } from '../wire/rows.ts'

const OURS = '20010db8000000000000000000000007'
const THEIRS = '20010db8000000000000000000000009'
const NOBODY = '00'.repeat(16)
const GROUP = 'ff0200000000000000000001ff000007'
const OUR_MAC = '525400010203'
const THEIR_MAC = '020000090909'
const words = (text: string): Int32Array => {
  const into = new Int32Array(4)
  ipv6.getAddress(hex(text), 0, into)
  return into
}
const host: Resident = { mac: hex(OUR_MAC), words: words(OURS) }

const REPORT = `33330000 0016 ${OUR_MAC} 86dd 60000000 0024 0001 ${NOBODY} ff020000000000000000000000000016
  3a00 0502 0000 0100 8f00 6f83 0000 0001 0400 0000 ${GROUP}`
const PROBE = `3333ff000007 ${OUR_MAC} 86dd 60000000 0018 3aff ${NOBODY} ${GROUP} 8700 4ce1 00000000 ${OURS}`
const ANNOUNCEMENT = `333300000001 ${OUR_MAC} 86dd 60000000 0020 3aff ${OURS} ff020000000000000000000000000001
  8800 a6c7 20000000 ${OURS} 0201 ${OUR_MAC}`
const QUESTION = `3333ff000007 ${THEIR_MAC} 86dd 60000000 0020 3aff ${THEIRS} ${GROUP}
  8700 1304 00000000 ${OURS} 0101 ${THEIR_MAC}`
const ANSWER = `${THEIR_MAC} ${OUR_MAC} 86dd 60000000 0020 3aff ${OURS} ${THEIRS}
  8800 3809 60000000 ${OURS} 0201 ${OUR_MAC}`
const SEARCH = `333300000002 ${THEIR_MAC} 86dd 60000000 0010 3aff fe8000000000000000 0000fffe090909
  ff020000000000000000000000000002 8500 690a 00000000 0101 ${THEIR_MAC}`

const plain = (frame: string): string => frame.replace(/\s/g, '')

/** What a discovery sends. */
function heard(act: (d: Discovery) => void): string[] {
  const [a, b] = cable()
  const sent: string[] = []
  b.open(
    (bytes, offset, length) =>
      sent.push(Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')),
    () => {},
  )
  act(new Discovery(a))
  a.flush()
  return sent
}

/** A frame with its ICMPv6 checksum put right, to the discovery: what it sends. */
function ask(frame: string, who = host, router = false): { good: boolean; sent: string[] } {
  const bytes = hex(frame)
  const ip = ipv6.blankIpv6()
  if (!ipv6.parse(bytes, 14, bytes.length - 14, ip) || walk(bytes, ip) !== PASSED)
    throw new Error('no packet')
  const seed = pseudoHeader6At(bytes, ip.source, 58, ip.payloadBytes)
  const message = wire.blankNdp()
  if (!wire.parse(bytes, ip.payload, ip.payloadBytes, message)) return { good: false, sent: [] }
  icmp6.seal(bytes, ip.payload, message.type, 0, ip.payloadBytes, seed)
  let good = false
  const sent = heard((d) => {
    good = d.answer(who, router, bytes, ip, message, 0x0200, 0x00090909)
  })
  return { good, sent }
}

t.test('claim: as Linux takes up an address', async (t) => {
  t.same(
    heard((d) => d.claim(host)),
    [plain(REPORT), plain(PROBE)],
  )
})

t.test('settle', async (t) => {
  t.same(
    heard((d) => d.settle(host, false, undefined)),
    [plain(ANNOUNCEMENT)],
  )
  const other: Resident = { mac: hex(THEIR_MAC), words: words(THEIRS) }
  t.same(heard((d) => d.settle(other, false, words(OURS))).slice(1), [plain(QUESTION)])
  const local: Resident = { mac: hex(THEIR_MAC), words: words('fe8000000000000000 0000fffe090909') }
  t.same(heard((d) => d.settle(local, false, undefined)).slice(1), [plain(SEARCH)])
  const [frame = ''] = heard((d) => d.settle(local, true, undefined))
  t.equal(frame.slice(58 * 2, 58 * 2 + 8), 'a0000000', 'a router says so and seeks none')
})

t.test('answers', async (t) => {
  t.same(ask(QUESTION), { good: true, sent: [plain(ANSWER)] })
  const bare = QUESTION.replace('0020', '0018').replace(`0101 ${THEIR_MAC}`, '')
  t.same(ask(bare).sent, [plain(ANSWER)], 'to the sender of the frame when nothing else is told')
  const [fromRouter = ''] = ask(QUESTION, host, true).sent
  t.equal(fromRouter.slice(58 * 2, 58 * 2 + 8), 'e0000000')

  const [short = ''] = ask(QUESTION.replace(GROUP, OURS)).sent
  t.equal(short.length / 2, 14 + 40 + 24, 'asked directly: no link-layer address (as Linux)')
  t.equal(short.slice(58 * 2, 58 * 2 + 8), '40000000', 'and none overridden')

  t.same(
    ask(PROBE).sent,
    [plain(ANNOUNCEMENT)],
    'who probes for our address hears that it is taken',
  )
  const nonce = PROBE.replace('0018', '0020').replace(/$/, '0e01 9c0151090c6d')
  t.same(ask(nonce).sent, [plain(ANNOUNCEMENT)], 'and with a nonce (RFC 7527)')
})

t.test('no answer', async (t) => {
  const rows: [string, string][] = [
    ['across a router', QUESTION.replace('3aff', '3afe')],
    ['for another address', QUESTION.replace(`00000000 ${OURS}`, `00000000 ${THEIRS}`)],
    ['in another group', QUESTION.replace(GROUP, 'ff0200000000000000000001ff000008')],
    ['to all', QUESTION.replace(GROUP, 'ff020000000000000000000000000001')],
    ['to another address', QUESTION.replace(GROUP, THEIRS)],
    ['an advertisement', QUESTION.replace('8700', '8800')],
    ['from a group', QUESTION.replace(THEIRS, 'ff020000000000000000000000000001')],
    ['from ourselves', QUESTION.replace(THEIRS, OURS)],
    ['from loopback', QUESTION.replace(THEIRS, '00000000000000000000000000000001')],
    ['a probe sent to us alone', PROBE.replace(GROUP, OURS)],
    ['a probe that names a hardware address', QUESTION.replace(THEIRS, NOBODY)],
  ]
  for (const [name, frame] of rows) t.same(ask(frame), { good: false, sent: [] }, name)
  t.same(ask(QUESTION, { mac: host.mac, words: undefined }), { good: false, sent: [] }, 'IPv4')
})

t.test('listener queries', async (t) => {
  const query = (hopLimit: string, source: string): string =>
    `60000000 0024 00${hopLimit} ${source} ff020000000000000000000000000001
     3a00 0502 0000 0100 8200 0000 27100000 ${NOBODY} 027d 0000`
  const report = (text: string, who = host): string[] =>
    heard((d) => {
      const bytes = hex(text)
      const ip = ipv6.blankIpv6()
      ipv6.parse(bytes, 0, bytes.length, ip)
      d.report(who, bytes, ip)
    })
  const LOCAL = 'fe800000000000000000000000000001'
  // The record's type is another, and with it the sum.
  const again = plain(REPORT).replace('04000000ff02', '02000000ff02').replace('6f83', '7183')
  t.same(report(query('01', LOCAL)), [again])
  t.same(report(query('02', LOCAL)), [], 'not from beyond a router')
  t.same(report(query('01', THEIRS)), [])
  const local: Resident = { mac: host.mac, words: words(LOCAL) }
  const [frame = ''] = report(query('01', LOCAL), local)
  t.equal(frame.slice(22 * 2, 38 * 2), LOCAL)
  const bytes = hex(frame)
  const seed = pseudoHeader6At(bytes, 22, 58, 28)
  t.ok(icmp6.parse(bytes, 62, 28, seed, blankIcmp()), 'its sum is right')
})

t.test('the hardware address of the group', async (t) => {
  const d = new Discovery(cable()[0])
  const local: Resident = { mac: host.mac, words: Int32Array.of(0, 0, 0, 0x12f45678) }
  t.ok(d.isGroupMac(local, 0x3333, 0xfff45678 | 0))
  t.notOk(d.isGroupMac(local, 0x3333, 0xfff45679 | 0))
  t.notOk(d.isGroupMac(local, 0x3332, 0xfff45678 | 0))
})

t.test('a full link, or one without hardware addresses', async (t) => {
  const [a] = cable()
  const d = new Discovery(Object.assign(a, { reserve: () => -1 }))
  d.claim(host)
  d.settle(host, false, words(THEIRS))
  t.equal(a.stats().sent, 0)
  const [c] = cable()
  const bare = new Discovery(Object.assign(c, { ethernet: false }))
  bare.claim(host)
  bare.settle(host, false, undefined)
  t.equal(c.stats().sent, 0)
})
