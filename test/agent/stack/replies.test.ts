/**
 * What each system answers to segments that belong to nothing, in nmap's own words (its book, "TCP/IP
 * Fingerprinting Methods"): sequence number, acknowledgment number and flags; '-': silence.
 */
import t from 'tap'
import { Stack } from '../../../agent/stack/stack.ts'
import * as ipv4 from '../../../agent/wire/ipv4.ts'
import * as tcp from '../../../agent/wire/tcp.ts'
import { ios, netscaler } from '../../../rotation/stacks/appliances.ts'
import { esxi, freebsd } from '../../../rotation/stacks/bsd.ts'
import { linux3Surveillance, linux5, openwrt, routerOs6 } from '../../../rotation/stacks/linux.ts'
import { windows7, windows2016 } from '../../../rotation/stacks/windows.ts'
import type { Traits } from '../../../rotation/traits.ts'
import { tcpFrame } from './frames.ts'
import { options, persona, TestLink, TestWorld } from './world.ts'

const OPEN = 80
const CLOSED = 113
const { SYN, FIN, PSH, URG, ACK } = tcp
/** Port and flags of nmap's probes T2 to T7, then those of its FIN, Xmas and Maimon scans to an open port. */
const PROBES: readonly (readonly [port: number, flags: number])[] = [
  [OPEN, 0],
  [OPEN, SYN | FIN | URG | PSH],
  [OPEN, ACK],
  [CLOSED, SYN],
  [CLOSED, ACK],
  [CLOSED, FIN | PSH | URG],
  [OPEN, FIN],
  [OPEN, FIN | PSH | URG],
  [OPEN, FIN | ACK],
]

const LINUX = '- - A,Z,R Z,S+,AR A,Z,R Z,S+,AR - - A,Z,R'
const WINDOWS = 'Z,S,AR Z,O,AR A,O,R Z,S+,AR A,O,R Z,S+,AR Z,S+,AR Z,S+,AR A,O,R'
const EXPECTED: readonly (readonly [name: string, traits: Traits, answers: string])[] = [
  ['linux 5', linux5, LINUX],
  ['openwrt', openwrt, LINUX],
  ['hikvision', linux3Surveillance, LINUX.replace('- -', '- syn-ack')],
  ['routeros 6', routerOs6, '- - A,Z,R Z,S+,AR A,Z,R - - - A,Z,R'],
  ['windows 2016', windows2016, WINDOWS],
  ['windows 7', windows7, WINDOWS.replace('Z,O,AR', '-')],
  ['freebsd', freebsd, LINUX.replace('- -', '- syn-ack')],
  ['esxi', esxi, '- - A,Z,R Z,S+,AR A,Z,R Z,S,AR - - A,Z,R'],
  ['ios', ios, '- - A,Z,R A,S+,AR A,Z,R A,S,AR - - A,Z,R'],
  [
    'netscaler',
    netscaler,
    'Z,S,AR,2009 Z,S+,AR,2014 - Z,S+,AR,2014 A,Z,R,2009 Z,S+,AR,2009 Z,S+,AR,2009 Z,S+,AR,2009 -',
  ],
]
const SEQUENCE = 1000
const ACKNOWLEDGMENT = 7_000_000

function answerTo(traits: Traits, port: number, flags: number): string {
  let text = '-'
  const ip = ipv4.blankIpv4()
  const s = tcp.blankTcp()
  const link = new TestLink((frame, length) => {
    ipv4.parse(frame, 14, length - 14, ip)
    tcp.parse(frame, ip.payload, ip.payloadBytes, s)
    text = described(s)
  })
  const world = new TestWorld({ ...persona(), traits })
  const stack = new Stack(link, world, options({ doors: 'strict' }), 0)
  const frame = tcpFrame({
    sourcePort: 40_000,
    destinationPort: port,
    sequence: SEQUENCE,
    acknowledgment: ACKNOWLEDGMENT,
    flags,
  })
  stack.receive(frame, 0, frame.length, true, 0)
  return text
}

function described(s: tcp.Tcp): string {
  if ((s.flags & SYN) !== 0) return 'syn-ack'
  const sequence = s.sequence === 0 ? 'Z' : s.sequence === ACKNOWLEDGMENT ? 'A' : 'O'
  const ahead = s.acknowledgment - SEQUENCE
  const acknowledgment = s.acknowledgment === 0 ? 'Z' : ahead === 0 ? 'S' : ahead === 1 ? 'S+' : 'O'
  const flags = s.flags === (tcp.RST | ACK) ? 'AR' : s.flags === tcp.RST ? 'R' : String(s.flags)
  const window = s.window === 0 ? '' : `,${s.window.toString(16)}`
  return `${sequence},${acknowledgment},${flags}${window}`
}

for (const [name, traits, answers] of EXPECTED)
  t.test(name, async (t) => {
    t.equal(PROBES.map(([port, flags]) => answerTo(traits, port, flags)).join(' '), answers)
  })
