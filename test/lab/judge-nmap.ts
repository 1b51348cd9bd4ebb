/** nmap's judgement of the system: `nmap -O`, several times against one sensor, and what it printed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Expected } from './judge-expected.ts'
import type { Judged } from './judge-stage.ts'

const RUN_MS = 60_000
/** A guess below it is none (deception.md 2.3). */
const LEAST_PERCENT = 96

export type OsRun = {
  /** nmap says "OS details": every attribute that both sides have agrees. */
  readonly exact: boolean
  /** The first of the names. */
  readonly name: string
  /** All names with the highest accuracy. */
  readonly names: readonly string[]
  /** Percent. */
  readonly accuracy: number
  /** As nmap prints them: `Linux`, `4.X|5.X`. */
  readonly family: string
  readonly generation: string
  /** The lines of the fingerprint that it saw: SEQ, OPS, WIN, ECN, T1 to T7, U1, IE. */
  readonly observed: readonly string[]
}

export type OsJudgement = {
  readonly id: string
  readonly runs: readonly OsRun[]
  readonly exact: number
  /** Family and major version as they should be. */
  readonly right: number
}

export async function judgeOs(
  judged: Judged,
  expected: Expected['os'],
  runs: number,
): Promise<OsJudgement> {
  const seen: OsRun[] = []
  for (let n = 0; n < runs; n++) seen.push(await osRun(judged))
  return {
    id: judged.data.id,
    runs: seen,
    exact: seen.filter((run) => run.exact && isRight(run, expected)).length,
    right: seen.filter((run) => isRight(run, expected)).length,
  }
}

async function osRun({ lab, ports, refusing, address, scratch }: Judged): Promise<OsRun> {
  const xml = join(scratch, 'os.xml')
  const { stdout, stderr } = await lab.attacker.exec(
    'nmap',
    [
      ...['-O', '--osscan-guess', '-n', '-Pn', '-vv', '-d', '-oX', xml],
      ...['-p', `${ports[0]},${refusing}`, address],
    ],
    { timeoutMs: RUN_MS },
  )
  if (!stdout.includes('Nmap done')) throw new Error(`nmap did not end: ${stderr.trim()}`)
  return parseOs(stdout, readFileSync(xml, 'utf8'))
}

/** `text`: what `nmap -O --osscan-guess -vv -d` prints; `xml`: its -oX, where names that hold commas are whole. */
export function parseOs(text: string, xml: string): OsRun {
  const matches = [...xml.matchAll(/<osmatch name="([^"]*)" accuracy="(\d+)"/g)].map(
    ([, name = '', percent]) => ({ name, percent: Number(percent) }),
  )
  const accuracy = matches[0]?.percent ?? 0
  const names = matches.filter(({ percent }) => percent === accuracy).map(({ name }) => name)
  const running = /^Running(?: \(JUST GUESSING\))?: (.+)$/m.exec(text)?.[1] ?? ''
  const [, family = '', generation = ''] = /^(.*?)(?: ([\d.Xx|]+))?(?:[ (,]|$)/.exec(running) ?? []
  return {
    exact: /^OS details: /m.test(text),
    ...{ name: names[0] ?? '', names, accuracy, family, generation },
    observed: observedLines(text),
  }
}

export function isRight(run: OsRun, { name }: Expected['os']): boolean {
  return run.accuracy >= LEAST_PERCENT && run.names.some((text) => name.test(text))
}

/** One test a line, or all of them folded into lines that begin with `OS:`. */
function observedLines(text: string): string[] {
  const folded = [...text.matchAll(/^OS:(.*)$/gm)].map(([, part]) => part).join('')
  const tests = /(?:SEQ|OPS|WIN|ECN|T[1-7]|U1|IE)\([^()]*\)/g
  const lines = folded === '' ? [...text.matchAll(/^[A-Z][A-Z\d]*\(.*\)$/gm)].join('') : folded
  return [...lines.matchAll(tests)].map(([whole]) => whole)
}
