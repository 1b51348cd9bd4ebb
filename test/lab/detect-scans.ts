/** Detectors that look at single SYNs: to many ports, odd ones, broken ones. */
import { type Detector, faults, outcome, pause } from './detector.ts'
import type { RawVisitor } from './raw-visitor.ts'
import { ACK, linuxOptions, mssOption, SYN } from './segments.ts'

/** LZR draws its extra ports from here (deception.md 1.2 row 1). */
const FIRST_EPHEMERAL = 32_768
const EPHEMERAL_PORTS = 61_000 - FIRST_EPHEMERAL
const EXTRA_SYNS = 300
/** Time that the last answers of a burst have. */
const AFTER_MS = 1500
const BURST = 500
const BURST_PAUSE_MS = 10
const LAST_PORT = 65_535
const MOST_OPEN = 15
const OPEN = SYN | ACK

const allPorts: Detector = {
  name: 'SYNs to random ports of 32768 to 60999 (LZR)',
  async run({ visitor, address, ports }) {
    const sourcePort = visitor.freshPort()
    const asked = new Set<number>()
    while (asked.size < EXTRA_SYNS) {
      const port = FIRST_EPHEMERAL + Math.floor(Math.random() * EPHEMERAL_PORTS)
      if (!ports.includes(port)) asked.add(port)
    }
    for (const destinationPort of asked) {
      const sequence = Math.floor(Math.random() * 2 ** 32)
      await visitor.send({
        ...{ destination: address, destinationPort, sequence },
        sourcePort,
        flags: SYN,
      })
      await pause(1)
    }
    await pause(AFTER_MS)
    const answers = visitor.heard.filter(({ flags }) => (flags & OPEN) === OPEN)
    return outcome(answers.length === 0, `${answers.length} SYN-ACKs for ${asked.size} SYNs`)
  },
}

/** The ports that answer a single SYN. */
export async function sweep(visitor: RawVisitor, address: string): Promise<number[]> {
  const sourcePort = visitor.freshPort()
  for (let destinationPort = 1; destinationPort <= LAST_PORT; destinationPort++) {
    await visitor.send({
      ...{ destination: address, destinationPort, sourcePort, flags: SYN },
      ...{ sequence: destinationPort, options: mssOption(1460), window: 1024 },
    })
    if (destinationPort % BURST === 0) await pause(BURST_PAUSE_MS)
  }
  await pause(AFTER_MS)
  const open = visitor.heard.filter(({ flags }) => (flags & OPEN) === OPEN)
  return [...new Set(open.map((h) => h.sourcePort))].sort((a, b) => a - b)
}

const openPorts: Detector = {
  name: `at most ${MOST_OPEN} open ports`,
  async run({ open, ports }) {
    const missing = ports.filter((port) => !open.includes(port))
    return faults(
      [
        ...(open.length > MOST_OPEN ? [`${open.length} open ports`] : []),
        ...missing.map((port) => `${port} does not answer`),
      ],
      `${open.length}: ${open.join(' ')}`,
    )
  },
}

const window: Detector = {
  name: 'no SYN-ACK with window 0',
  async run({ visitor, address, ports }) {
    const wrong: string[] = []
    for (const destinationPort of ports)
      for (const [kind, options] of [
        ['no options', new Uint8Array(0)],
        ['MSS only', mssOption(1460)],
        ['all options', linuxOptions(performance.now())],
        ['a small MSS', mssOption(88)],
      ] as const) {
        const spec = { destination: address, destinationPort, sequence: 7, flags: SYN, options }
        const answer = await visitor.ask(spec)
        if (answer === undefined) wrong.push(`${destinationPort}: no answer to ${kind}`)
        else if (answer.window === 0) wrong.push(`${destinationPort}: window 0 for ${kind}`)
      }
    return faults(wrong, `${ports.length} ports, four kinds of SYN each`)
  },
}

const payload: Detector = {
  name: 'a SYN with data is acknowledged without it',
  async run({ visitor, address, ports }) {
    const wrong: string[] = []
    for (const destinationPort of ports) {
      const sequence = Math.floor(Math.random() * 2 ** 32)
      const answer = await visitor.ask({
        ...{ destination: address, destinationPort, sequence, flags: SYN },
        payload: Buffer.from('GET / HTTP/1.0\r\n\r\n'),
      })
      const beyond = answer === undefined ? undefined : (answer.acknowledgment - sequence) >>> 0
      if (beyond !== 1) wrong.push(`${destinationPort}: acknowledges ${beyond ?? 'nothing'}`)
    }
    return faults(wrong, `${ports.length} ports acknowledge seq + 1`)
  },
}

const checksums: Detector = {
  name: 'wrong checksums are not answered',
  async run({ visitor, address, ports, refusing }) {
    const wrong: string[] = []
    for (const destinationPort of [...ports.slice(0, 2), refusing])
      for (const wrongChecksum of ['ip', 'tcp'] as const) {
        const spec = { destination: address, destinationPort, sequence: 9, flags: SYN }
        if ((await visitor.ask({ ...spec, wrongChecksum }, AFTER_MS)) !== undefined)
          wrong.push(`${destinationPort}: wrong ${wrongChecksum} checksum answered`)
        if ((await visitor.ask(spec)) === undefined)
          wrong.push(`${destinationPort}: right checksums not answered`)
      }
    return faults(wrong, 'IP and TCP, open and refusing ports')
  },
}

export const scanDetectors: readonly Detector[] = [allPorts, window, payload, checksums, openPorts]
