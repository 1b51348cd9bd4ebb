/** Constant nonces (deception.md 1.2 row 22): what a protocol draws for each connection must differ on two. */
import { type Detector, faults, skipped } from './detector.ts'
import { POSTGRES_STARTUP, SMB1_NEGOTIATE, SMB2_NEGOTIATE, SMB2_SESSION_SETUP } from './hellos.ts'
import type { Step } from './talker.ts'

const GREETING_MS = 2000
const ANSWER_MS = 3000
const greeting: Step = { waitMs: GREETING_MS }
const says = (send: Uint8Array | string): Step => ({ send, waitMs: ANSWER_MS })

type Kind = {
  readonly name: string
  /** Does a port speak it: by its greeting, which is empty where the visitor begins. */
  readonly fits: (greeting: string, port: number) => boolean
  readonly steps: readonly Step[]
  /** Undefined: this server drew nothing. */
  readonly take: (answers: readonly Buffer[]) => Buffer | undefined
}

const kinds: readonly Kind[] = [
  {
    name: 'the cookie of SSH',
    fits: (text) => text.startsWith('SSH-2.0') || text.startsWith('SSH-1.99'),
    steps: [greeting, says('SSH-2.0-OpenSSH_9.2\r\n')],
    take: (answers) => {
      const all = Buffer.concat(answers)
      // RFC 4253 6 and 7.1: length, padding, message 20, cookie.
      const at = all.indexOf('\n') + 1
      return all[at + 5] === 20 ? all.subarray(at + 6, at + 22) : undefined
    },
  },
  {
    name: 'the scramble of MySQL',
    fits: (text) => text.charCodeAt(3) === 0 && text.charCodeAt(4) === 10,
    steps: [greeting],
    take: ([hello = Buffer.alloc(0)]) => {
      // Protocol::HandshakeV10: version, thread, 8 bytes, and the rest of it 19 bytes on.
      const at = hello.indexOf(0, 5) + 5
      return Buffer.concat([hello.subarray(at, at + 8), hello.subarray(at + 27, at + 39)])
    },
  },
  {
    name: 'the timestamp of APOP',
    fits: (text) => /^\+OK .*<.+>/.test(text),
    steps: [greeting],
    take: ([hello]) => bytesOf(/<(.+)>/.exec(hello?.toString('latin1') ?? '')?.[1]),
  },
  {
    name: 'the challenge of VNC',
    fits: (text) => text.startsWith('RFB 003.00'),
    steps: [greeting, says('RFB 003.003\n')],
    // RFC 6143 7.1.2: security type 2, then the challenge.
    take: (answers) => {
      const reply = answers.at(-1)
      return reply?.length === 20 && reply.readUInt32BE(0) === 2 ? reply.subarray(4) : undefined
    },
  },
  {
    name: 'the salt of PostgreSQL',
    fits: (text, port) => text === '' && port === 5432,
    steps: [says(POSTGRES_STARTUP)],
    take: ([reply]) =>
      reply?.[0] === 0x52 && reply.length >= 13 && reply.readUInt32BE(5) === 5
        ? reply.subarray(9, 13)
        : undefined,
  },
  {
    name: 'the challenge of NTLM',
    fits: (text, port) => text === '' && port === 445,
    steps: [says(SMB2_NEGOTIATE), says(SMB2_SESSION_SETUP)],
    take: (answers) => {
      const reply = answers.at(-1) ?? Buffer.alloc(0)
      const at = reply.indexOf('NTLMSSP\0\x02\0\0\0', 0, 'latin1')
      return at < 0 ? undefined : reply.subarray(at + 24, at + 32)
    },
  },
  {
    name: 'the challenge of SMB1',
    fits: (text, port) => text === '' && (port === 445 || port === 139),
    steps: [says(SMB1_NEGOTIATE)],
    // [MS-CIFS] 2.2.4.52.2: 17 words, the challenge behind their byte count.
    take: ([reply]) => (reply?.[36] === 17 ? reply.subarray(73, 81) : undefined),
  },
  {
    name: 'nonces and cookies of HTTP',
    fits: (text) => text === '',
    steps: [says('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')],
    take: ([page]) => {
      const text = page?.toString('latin1') ?? ''
      const drawn =
        /\bnonce="([^"]+)"/.exec(text) ?? /^Set-Cookie: [^=]+=([^;\r\n]{8,})/im.exec(text)
      return bytesOf(drawn?.[1])
    },
  },
]

const bytesOf = (text: string | undefined): Buffer | undefined =>
  text === undefined ? undefined : Buffer.from(text, 'latin1')

export const nonceDetector: Detector = {
  name: 'nonces differ between connections',
  async run({ talker, address, ports }) {
    const wrong: string[] = []
    const drawn: string[] = []
    for (const port of ports) {
      const hello = await talker.talk(address, port, [greeting])
      const text = hello.answers[0]?.toString('latin1') ?? ''
      for (const { name, fits, steps, take } of kinds) {
        if (!fits(text, port)) continue
        const [first, second] = await Promise.all(
          [0, 1].map(async () => take((await talker.talk(address, port, steps)).answers)),
        )
        if (first === undefined || second === undefined) continue
        drawn.push(`${port} ${name}`)
        if (first.equals(second)) wrong.push(`${port}: ${name} is ${first.toString('hex')} twice`)
        else if (first.every((byte) => byte === first[0]))
          wrong.push(`${port}: ${name} is one byte`)
      }
    }
    return drawn.length === 0
      ? skipped('no protocol that draws one')
      : faults(wrong, drawn.join(', '))
  },
}
