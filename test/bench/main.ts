/**
 * node test/bench/main.ts [sweep|sessions|memory|start]… [--runs N] [--json]
 * Attacker and sensor in network namespaces of this machine, sharing its cores: compare ratios, and only
 * figures of one machine. Needs root and the packages of `./install.sh test`.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lacking } from '../lab/processes.ts'
import { commitLine, machineLine, median } from './machine.ts'
import { memory } from './memory.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'
import { sweep } from './sweep.ts'

const SCENARIOS = { sweep, sessions, memory, start }
type Name = keyof typeof SCENARIOS
const isName = (name: string): name is Name => Object.hasOwn(SCENARIOS, name)
const USAGE = 'usage: node test/bench/main.ts [sweep|sessions|memory|start]… [--runs N] [--json]'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
})
const runs = Number(values.runs)
const wrong = positionals.find((name) => !isName(name))
if (wrong !== undefined || !Number.isInteger(runs) || runs < 1) {
  console.error(USAGE)
  process.exit(2)
}
const lacks = lacking(['ip', 'masscan', 'nft', 'ping', 'cc'])
if (lacks.length > 0) {
  console.error(`bench: ${lacks.join(', ')} not found; run ./install.sh test once`)
  process.exit(1)
}
const built = spawnSync('bash', [fileURLToPath(new URL('build.sh', import.meta.url))], {
  stdio: 'inherit',
})
if (built.status !== 0) process.exit(1)

const say = (line: string): void => {
  if (!values.json) console.log(line)
}
const results: Record<string, Record<string, { median: number; runs: number[] }>> = {}
say(machineLine())
say(commitLine())
say(`median of ${runs} (lowest … highest)`)
for (const name of positionals.length > 0
  ? positionals.filter(isName)
  : (Object.keys(SCENARIOS) as Name[])) {
  const measured: Record<string, number>[] = []
  for (let run = 0; run < runs; run++) measured.push(await SCENARIOS[name]())
  say(name)
  const rows: (typeof results)[string] = {}
  for (const key of Object.keys(measured[0] ?? {})) {
    const all = measured.map((row) => row[key] ?? Number.NaN)
    rows[key] = { median: median(all), runs: all }
    say(
      `  ${key.padEnd(34)}${short(median(all)).padStart(10)}  (${short(Math.min(...all))} … ${short(Math.max(...all))})`,
    )
  }
  results[name] = rows
}
if (values.json)
  console.log(JSON.stringify({ machine: machineLine(), commit: commitLine(), runs, results }))

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(value >= 1000 ? 5 : 3)
}
