/** nmap's judgement of the services: `nmap -sV --version-all`. */
import type { Expected } from './judge-expected.ts'
import type { Finding, Judged } from './judge-stage.ts'

const RUN_MS = 300_000
const HOST_TIMEOUT = '280s'

export type ServiceLine = {
  readonly port: number
  readonly state: string
  readonly service: string
  /** Product, version and what else it knows; '' when it knows none. */
  readonly product: string
}

export async function judgeServices(
  judged: Judged,
  expected: Expected['services'],
): Promise<Finding[]> {
  const { lab, ports, address } = judged
  const { stdout } = await lab.attacker.exec(
    'nmap',
    [
      ...['-sV', '--version-all', '-n', '-Pn', '--host-timeout', HOST_TIMEOUT],
      ...['-p', ports.join(','), address],
    ],
    { timeoutMs: RUN_MS },
  )
  if (!stdout.includes('Nmap done') || stdout.includes('due to host timeout'))
    return [finding('services', false, `nmap -sV did not end in ${HOST_TIMEOUT}`)]
  const lines = parseServices(stdout)
  return [
    finding('no honeypot', !/honeypot/i.test(stdout), 'the word is nowhere in what nmap prints'),
    ...ports.map((port) => {
      const at = lines.find((line) => line.port === port)
      const what =
        at === undefined ? 'not listed' : `${at.state} ${at.service} ${at.product}`.trim()
      const wanted = expected[port]
      if (wanted === undefined)
        return {
          name: `${port}/tcp`,
          verdict: 'skip',
          why: `no product expected; ${what}`,
        } as const
      if (wanted === 'unknown')
        return finding(`${port}/tcp`, at?.product === '', `nmap knows no product; ${what}`)
      return finding(`${port}/tcp`, at !== undefined && wanted.test(at.product), what)
    }),
  ]
}

export function parseServices(text: string): ServiceLine[] {
  return [...text.matchAll(/^(\d+)\/tcp +(\S+) +(\S+) *(.*)$/gm)].map(
    ([, port, state = '', service = '', product = '']) => ({
      ...{ port: Number(port), state, service },
      product: product.trim(),
    }),
  )
}

const finding = (name: string, passed: boolean, why: string): Finding => ({
  name,
  verdict: passed ? 'pass' : 'fail',
  why,
})
