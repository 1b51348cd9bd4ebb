/** The judges at the command line: `node test/lab/judge-main.ts os|services|scans|p0f|detectors [ID…] [--runs N]`. */

import { detect } from './detectors.ts'
import { type Expected, expectations } from './judge-expected.ts'
import { judgeOs } from './judge-nmap.ts'
import { judgeP0f } from './judge-p0f.ts'
import { judgeScans } from './judge-scans.ts'
import { judgeServices } from './judge-services.ts'
import { type Finding, type Judged, judging, named, TOOLS } from './judge-stage.ts'
import { lacking } from './processes.ts'

const USAGE = `usage: node test/lab/judge-main.ts JUDGE [ID…] [--runs N] [--observed]

Outside tools against the sensor, persona by persona, in network namespaces of their own. Needs root.

  os         nmap -O, N times (5): what it printed, how often exact, how often family and version right
  services   nmap -sV --version-all
  scans      nmap's other scans, against what the persona's traits say
  p0f        p0f and our own signature of the SYN-ACK
  detectors  the published honeypot detectors
  all        all of them

  --observed   of os: the fingerprint's lines also where the result is right

Exit code: 0 everything passed, 1 not, 2 wrong use.
`
const RUNS = 5
const NONE: Expected = { os: { name: /./, known: false }, services: {}, p0f: /./ }

type Options = { readonly runs: number; readonly observed: boolean }
type Judge = (judged: Judged, expected: Expected, options: Options) => Promise<boolean>

const judges: Readonly<Record<string, Judge>> = {
  async os(judged, { os }, { runs, observed }) {
    const { id, exact, right, runs: seen } = await judgeOs(judged, os, runs)
    const said = [
      ...new Set(seen.map(({ names, accuracy }) => `${names.join(' / ')} (${accuracy}%)`)),
    ]
    row(id, `exact ${exact}/${runs}`, `right ${right}/${runs}`, said.join(' | '))
    const shown = seen.find((run) => !run.exact) ?? (observed ? seen[0] : undefined)
    for (const line of shown?.observed ?? []) write(`    ${line}`)
    return right === runs
  },
  services: async (judged, { services }) => show(judged, await judgeServices(judged, services)),
  scans: async (judged) => show(judged, await judgeScans(judged)),
  p0f: async (judged, { p0f }) => show(judged, await judgeP0f(judged, p0f)),
  detectors: async (judged) => show(judged, await detect(judged)),
}

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const row = (...cells: string[]): void => write(cells.join(' | '))

function show({ data }: Judged, findings: readonly Finding[]): boolean {
  for (const { name, verdict, why } of findings) row(data.id, verdict, name, why)
  return findings.every(({ verdict }) => verdict !== 'fail')
}

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--runs')
  const runs = at < 0 ? RUNS : Number(args[at + 1])
  const [kind = '', ...ids] = args.filter(
    (word, n) => !word.startsWith('--') && (at < 0 || n !== at + 1),
  )
  const chosen = kind === 'all' ? Object.values(judges) : [judges[kind]]
  if (chosen.includes(undefined) || !(runs >= 1)) {
    process.stderr.write(USAGE)
    return 2
  }
  const lacks = lacking(TOOLS)
  if (lacks.length > 0) {
    process.stderr.write(`not installed: ${lacks.join(', ')}\n`)
    return 1
  }
  let passed = true
  for (const data of named(ids)) {
    const expected = expectations[data.id]
    if (expected === undefined) {
      row(data.id, 'fail', 'no expectation in judge-expected.ts')
      passed = false
    }
    const options = { runs, observed: args.includes('--observed') }
    try {
      await judging(data, { runtime: process.execPath }, async (judged) => {
        for (const judge of chosen)
          passed = (await judge?.(judged, expected ?? NONE, options)) === true && passed
      })
    } catch (error) {
      row(data.id, 'fail', (error as Error).message)
      passed = false
    }
  }
  return passed ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
