/**
 * node test/bench/main.ts [sweep|sessions|lanes|memory|start|flood|gc|mixed|profile]… [--runs N] [--seconds N] [--held N] [--json]
 * Attacker and sensor in network namespaces of this machine, sharing its cores: compare ratios, and only
 * figures of one machine. Needs root and the packages of `./install.sh test`.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lacking } from '../lab/processes.ts'
import { flood } from './flood.ts'
import { gc } from './gc.ts'
import { lanes } from './lanes.ts'
import { commitLine, machineLine, median } from './machine.ts'
import { memory } from './memory.ts'
import { mixed } from './mixed.ts'
import { profile } from './profile.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'
import { sweep } from './sweep.ts'

type Given = { readonly seconds?: number; readonly held?: number }
type Scenario = (given: Given) => Promise<Record<string, number>>
const USUAL = { sweep, sessions, lanes, memory, start, gc }
/** Long, or no figure of its own: only when named. */
const LONG = { flood, mixed, profile }
const SCENARIOS: Readonly<Record<Name, Scenario>> = { ...USUAL, ...LONG }
type Name = keyof typeof USUAL | keyof typeof LONG
const isName = (name: string): name is Name => Object.hasOwn(SCENARIOS, name)
const USAGE =
  'usage: node test/bench/main.ts [sweep|sessions|lanes|memory|start|flood|gc|mixed|profile]… [--runs N] [--seconds N] [--held N] [--json]'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    held: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const wholes = { seconds: values.seconds, held: values.held }
const given = Object.fromEntries(
  Object.entries(wholes).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, Number(text)]],
  ),
)
const wrong = positionals.find((name) => !isName(name))
if (
  wrong !== undefined ||
  [runs, ...Object.values(given)].some((n) => !Number.isInteger(n) || n < 1)
) {
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
  : (Object.keys(USUAL) as Name[])) {
  const measured: Record<string, number>[] = []
  for (let run = 0; run < runs; run++) measured.push(await SCENARIOS[name](given))
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
