/** nmap's other scans, each with what the persona's traits say the real system shows. */
import type { Reply } from '../../rotation/traits.ts'
import type { Finding, Judged } from './judge-stage.ts'

const RUN_MS = 90_000
const ALL_PORTS_MS = 120_000
/** So many open ports make a host one of the "pseudo-services" (deception.md 1.1). */
const MOST_OPEN = 15
const SWEEP = ['--min-rate', '4000', '--max-retries', '1']
/** ICMP, TCP, GRE, SCTP. What UDP shows hangs on the port that nmap happens to choose. */
const PROTOCOLS = [1, 6, 47, 132]
const WEB_PORT = 80
/** Silent at every persona that drops what it does not speak: below the ephemeral ports, nobody's. */
const SILENT_PORT = 4

type States = Readonly<Record<number, string>>

export async function judgeScans(judged: Judged): Promise<Finding[]> {
  const { data, ports, refusing } = judged
  const { replies } = data.stack.traits
  const open = ports[0] ?? 0
  const rest = data.closed === 'closed'
  const three = (atOpen: string, atRefusing: string, silent: string): States => ({
    [open]: atOpen,
    [refusing]: atRefusing,
    [SILENT_PORT]: rest ? atRefusing : silent,
  })
  const hidden = (reply: Reply | 'syn-ack' | undefined): string =>
    reply === undefined ? 'open|filtered' : 'closed'
  const passed = (reply: Reply | undefined): string =>
    reply === undefined ? 'filtered' : 'unfiltered'
  const bare = three(hidden(replies.openBare), hidden(replies.closedBare), 'open|filtered')
  const plain = three('open', 'closed', 'filtered')
  const findings: Finding[] = [await allPorts(judged)]
  for (const [name, flags, states] of [
    ['a SYN scan', ['-sS'], plain],
    ['tiny fragments', ['-sS', '-f'], plain],
    ['bad checksums', ['-sS', '--badsum'], sameState(plain, 'filtered')],
    ['FIN', ['-sF'], bare],
    ['NULL', ['-sN'], bare],
    ['Xmas', ['-sX'], bare],
    ['ACK', ['-sA'], three(passed(replies.openAck), passed(replies.closedAck), 'filtered')],
    [
      'Maimon (FIN and ACK)',
      ['-sM'],
      three(hidden(replies.openAck), hidden(replies.closedAck), 'open|filtered'),
    ],
  ] as const)
    findings.push(await scan(judged, name, flags, states))
  findings.push(await protocols(judged))
  return findings
}

async function allPorts({ lab, address, ports }: Judged): Promise<Finding> {
  const name = `all ports: at most ${MOST_OPEN} open`
  const { stdout } = await lab.attacker.exec(
    'nmap',
    ['-sS', '-n', '-Pn', '-p-', '--open', ...SWEEP, address],
    { timeoutMs: ALL_PORTS_MS },
  )
  if (!stdout.includes('Nmap done')) return { name, verdict: 'fail', why: 'nmap did not end' }
  const open = [...parseStates(stdout)].filter(([, state]) => state === 'open').map(([p]) => p)
  const missing = ports.filter((port) => !open.includes(port))
  return {
    name,
    verdict: open.length <= MOST_OPEN && missing.length === 0 ? 'pass' : 'fail',
    why: `open: ${open.join(' ')}${missing.length > 0 ? `; missing: ${missing.join(' ')}` : ''}`,
  }
}

async function scan(
  { lab, address }: Judged,
  name: string,
  flags: readonly string[],
  expected: States,
): Promise<Finding> {
  const { stdout } = await lab.attacker.exec(
    'nmap',
    [...flags, '-n', '-Pn', '--max-retries', '2', '-p', Object.keys(expected).join(','), address],
    { timeoutMs: RUN_MS },
  )
  return compare(name, expected, parseStates(stdout))
}

async function protocols({ lab, address, data, ports }: Judged): Promise<Finding> {
  const { stdout } = await lab.attacker.exec(
    'nmap',
    ['-sO', '-n', '-Pn', '--max-retries', '2', '-p', PROTOCOLS.join(','), address],
    { timeoutMs: RUN_MS },
  )
  // Who drops what goes to ports that nobody listens at does so with protocols that nobody speaks.
  const refuses = data.stack.traits.icmp.unreachable.protocol && data.closed === 'closed'
  const other = refuses ? 'closed' : 'open|filtered'
  // nmap's probe for TCP is an ACK to port 80.
  const { openAck } = data.stack.traits.replies
  const heard = openAck !== undefined && (data.closed === 'closed' || ports.includes(WEB_PORT))
  const expected = { 1: 'open', 6: heard ? 'open' : 'open|filtered', 47: other, 132: other }
  return compare('IP protocols', expected, parseStates(stdout, ''))
}

function compare(name: string, expected: States, seen: ReadonlyMap<number, string>): Finding {
  const wrong = Object.entries(expected).filter(([key, state]) => seen.get(Number(key)) !== state)
  return {
    name,
    verdict: wrong.length === 0 ? 'pass' : 'fail',
    why:
      wrong.length === 0
        ? Object.entries(expected)
            .map(([key, state]) => `${key} ${state}`)
            .join(', ')
        : wrong
            .map(([key, state]) => `${key}: ${seen.get(Number(key)) ?? 'not listed'}, not ${state}`)
            .join('; '),
  }
}

const sameState = (states: States, state: string): States =>
  Object.fromEntries(Object.keys(states).map((key) => [key, state]))

/** Port or IP protocol → state. What nmap leaves out as "N ignored ports in state X" is not in it. */
export function parseStates(text: string, suffix = '/tcp'): Map<number, string> {
  return new Map(
    [...text.matchAll(/^(\d+)(\/\S+)? +(open\|filtered|open|closed|filtered|unfiltered)\b/gm)]
      .filter(([, , kind = '']) => kind === suffix)
      .map(([, number, , state = '']) => [Number(number), state]),
  )
}
