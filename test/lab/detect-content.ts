/** Detectors that look at what services say. */
import { type Detector, faults, type Probed, skipped } from './detector.ts'
import { hellos } from './hellos.ts'
import type { Step } from './talker.ts'

const GREETING_MS = 2500
const ANSWER_MS = 4000
/** What a service may keep a silent visitor for (deception.md 1.4). */
const HOLD_MS = 65_000
const GET = 'GET / HTTP/1.0\r\n\r\n'
/** "SSH-1337-…" (deception.md 1.2 row 20). */
const BAD_VERSION = 'SSH-1337-OpenSSH_9.0\r\n'
const COWRIE = /bad version|1337|twisted|cowrie/i
/** OpenSSH: "SSH-" without two numbers and a point is no identification string at all. */
const NO_IDENTIFICATION = /^Invalid SSH identification string\.\r\n$|^Protocol mismatch\.\r?\n$/

const speaks: Detector = {
  name: 'every open port speaks or closes',
  async run(probed) {
    const { open } = probed
    const said = await Promise.all(open.map((port) => reaction(probed, port)))
    const mute = open.filter((_, n) => said[n] === undefined)
    return faults(
      mute.map((port) => `${port} says nothing and stays open for ${HOLD_MS} ms`),
      open.map((port, n) => `${port} ${said[n]}`).join(', '),
    )
  },
}

/** How a port shows that somebody is there; undefined: not at all. */
async function reaction(probed: Probed, port: number): Promise<string | undefined> {
  const attempts: [string, Step[], number?][] = [
    ['greets', [{ waitMs: GREETING_MS }]],
    ['answers HTTP', [{ send: GET, waitMs: ANSWER_MS }]],
    ...hellos
      .filter(({ ports }) => ports.includes(port))
      .map(({ name, bytes }): [string, Step[]] => [
        `answers ${name}`,
        [{ send: bytes, waitMs: ANSWER_MS }],
      ]),
    ['ends', [{ send: GET, waitMs: HOLD_MS }]],
  ]
  for (const [name, steps] of attempts) {
    const { answers, endedMs } = await probed.talker.talk(probed.address, port, steps)
    if (answers.some((answer) => answer.length > 0)) return name
    if (endedMs !== undefined) return `${name === 'greets' ? 'silence' : name}: closes`
  }
  return undefined
}

const sameContent: Detector = {
  name: 'no two ports say the same',
  async run({ data, talker, address, open }) {
    const said = await Promise.all(
      open.map(async (port) => {
        const { answers } = await talker.talk(address, port, [
          { waitMs: GREETING_MS },
          { send: GET, waitMs: ANSWER_MS },
        ])
        // A clock is no content.
        return Buffer.concat(answers)
          .toString('latin1')
          .replace(/^Date: .*$/m, '')
      }),
    )
    const wrong: string[] = []
    for (const [a, first] of open.entries())
      for (const [b, second] of open.entries()) {
        const protocol = data.ports[first]?.protocol
        // A persona whose file says that the same service lives at both is such a machine.
        const twins = protocol !== undefined && protocol === data.ports[second]?.protocol
        if (a < b && !twins && said[a] !== '' && said[a] === said[b])
          wrong.push(`${first} and ${second}`)
      }
    return faults(
      wrong,
      `${said.filter((text) => text !== '').length} of ${open.length} say something`,
    )
  },
}

const badVersion: Detector = {
  name: 'SSH-1337 (a bad version)',
  async run({ data, talker, address }) {
    const wrong: string[] = []
    const told: string[] = []
    for (const [port, { protocol }] of Object.entries(data.ports)) {
      if (protocol !== 'ssh') continue
      const { answers, endedMs } = await talker.talk(address, Number(port), [
        { waitMs: GREETING_MS },
        { send: BAD_VERSION, waitMs: ANSWER_MS },
        { waitMs: ANSWER_MS },
      ])
      const [banner = '', ...rest] = answers.map((answer) => answer.toString('latin1'))
      const reply = rest.join('')
      if (COWRIE.test(reply)) wrong.push(`${port}: ${JSON.stringify(reply)}`)
      if (banner.includes('OpenSSH') && reply !== '' && !NO_IDENTIFICATION.test(reply))
        wrong.push(`${port}: not what OpenSSH says: ${JSON.stringify(reply)}`)
      if (endedMs === undefined) wrong.push(`${port}: stays open`)
      told.push(`${port}: ${JSON.stringify(reply)}`)
    }
    return told.length === 0 ? skipped('no SSH') : faults(wrong, told.join(', '))
  },
}

export const contentDetectors: readonly Detector[] = [speaks, sameContent, badVersion]
