/** The persona law: our own print of the SYN-ACK that a Linux visitor beside it gets is the signature in the persona's file. */
import t from 'tap'
import { signature } from '../../agent/fingerprint/p0f.ts'
import { Stack } from '../../agent/stack/stack.ts'
import { roster } from '../../rotation/roster.ts'
import {
  LOCAL_MAC,
  options,
  persona,
  REMOTE_MAC,
  TestLink,
  TestWorld,
} from '../agent/stack/world.ts'
import { ACK, type Heard, linuxOptions, readTcp, SYN, synFacts, tcpFrame } from '../lab/segments.ts'

const VISITORS = 20
const UPTIME_MS = 86_400_000
const OPEN_PORT = 80

for (const data of roster)
  t.test(data.id, async (t) => {
    const answers: Heard[] = []
    const who = {
      ...{ ...persona(), id: data.id, traits: data.stack.traits },
      bootedAt: -UPTIME_MS,
    }
    const link = new TestLink((frame, length) => {
      const heard = readTcp(Buffer.from(frame.subarray(0, length)), 0)
      if (heard !== undefined) answers.push(heard)
    })
    const stack = new Stack(link, new TestWorld(who), options(), 0)
    for (let n = 0; n < VISITORS; n++) {
      const frame = tcpFrame(Buffer.from(REMOTE_MAC), Buffer.from(LOCAL_MAC), {
        ...{ source: `192.0.2.${n + 1}`, destination: '198.51.100.3' },
        ...{ sourcePort: 40_000 + n, destinationPort: OPEN_PORT, sequence: 1000 * n },
        ...{ flags: SYN, options: linuxOptions(1 + n) },
      })
      stack.receive(frame, 0, frame.length, true, n)
      stack.flush(n)
    }
    t.equal(answers.length, VISITORS)
    t.ok(answers.every(({ flags }) => flags === (SYN | ACK)))
    t.same([...new Set(answers.map((answer) => signature(synFacts(answer))))], [data.signature])
  })
