/** The rules of the house that neither the compiler nor Biome can hold. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const ROOMS = ['protocols', 'rotation', 'agent', 'hub']

/** Files that may be longer than the rest, and why. */
const LONG: Readonly<Record<string, string>> = {
  'agent/stack/tcp.ts': 'one state machine, read beside RFC 9293',
  'agent/link/pcap.ts': 'two libraries and their pitfalls behind one interface',
}
const MAX_LINES = 300
/** The commands of the executable, as agent/cli.ts lists them. */
const COMMANDS = [
  ...readFileSync(join(root, 'agent/cli.ts'), 'utf8').matchAll(/^ {4}([a-z]+): \[/gm),
].map(([, name]) => name ?? '')

type Source = { readonly path: string; readonly text: string; readonly code: string }

const sources: readonly Source[] = ROOMS.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name))
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, code: withoutComments(text) }
    }),
)

/** Good enough for rules: a comment mark inside a string hides the rest of its line. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\w])\/\/.*$/gm, '$1')
}

/** Static, dynamic and re-exporting imports. */
function importsOf(code: string): string[] {
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].flatMap(
    (m) => m[1] ?? [],
  )
}

/** The imports of our own files, as paths from the root. */
const ours = ({ path, code }: Source): string[] =>
  importsOf(code)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(path), name))

const isMain = (path: string): boolean => /(^|\/)main\.ts$/.test(path)
const where = (test: (source: Source) => boolean): string[] =>
  sources.filter(test).map(({ path }) => path)

t.test('the rules can see', async (t) => {
  t.ok(sources.length > 50, `${sources.length} source files`)
  t.same(
    importsOf(
      `import a, { b } from '../a.ts'\nawait import('./b.ts')\nexport * from "./c.ts"\nimport 'd'`,
    ),
    [...['../a.ts', './b.ts', './c.ts', 'd']],
  )
  t.equal(withoutComments(`a // process.env\n/* Date.now() */b 'mqtt://x'`), `a \nb 'mqtt://x'`)
})

t.test('imports go hub → agent → rotation → protocols', async (t) => {
  const mayImport = (from: string, to: string): boolean => {
    if (from.startsWith('agent/wire/')) return to.startsWith('agent/wire/')
    if (from.startsWith('protocols/')) return to.startsWith('protocols/')
    if (from.startsWith('rotation/')) return /^(rotation|protocols)\//.test(to)
    if (from.startsWith('agent/')) return /^(agent|rotation|protocols)\//.test(to)
    return to.startsWith('hub/') || to === 'agent/event.ts'
  }
  const wrong = sources.flatMap((source) =>
    ours(source)
      .filter((to) => !mayImport(source.path, to))
      .map((to) => `${source.path} → ${to}`),
  )
  t.same(wrong, [])
  t.same(
    where(
      ({ path, code }) =>
        path.startsWith('agent/wire/') && importsOf(code).some((name) => !name.startsWith('./')),
    ),
    [],
    'agent/wire imports only its neighbours, no package either',
  )
})

t.test('every import of ours is there', async (t) => {
  t.same(
    sources.flatMap(ours).filter((path) => !existsSync(join(root, path))),
    [],
  )
})

t.test('no attic, no barrel, no test among the sources', async (t) => {
  t.same(
    where(({ path }) => /(^|\/)(utils?|helpers?|common|types|lib|misc|shared)(\.ts|\/)/.test(path)),
    [],
  )
  t.same(
    where(
      ({ path }) => /(^|\/)index\.ts$/.test(path) && !/^protocols\/([^/]+\/)?index\.ts$/.test(path),
    ),
    [],
  )
  t.same(
    where(({ code }) => /^export \* from/m.test(code)),
    [],
  )
  t.same(
    where(({ path }) => path.endsWith('.test.ts')),
    [],
  )
})

t.test('only main.ts reads the process', async (t) => {
  const reads = /(?<![.\w'"`])process\.[a-z]|['"](node:)?process['"]/
  t.same(
    where(({ path, code }) => !isMain(path) && reads.test(code)),
    [],
  )
})

t.test('only clock.ts reads the time', async (t) => {
  const reads = /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\s*\)|\bhrtime\b/
  t.same(
    where(({ path, code }) => !path.endsWith('/clock.ts') && reads.test(code)),
    [],
  )
})

t.test('no default export', async (t) => {
  t.same(
    where(({ code }) => /^export default\b|\bas default\b/m.test(code)),
    [],
  )
})

t.test(`a file is one subject: ${MAX_LINES} lines at most`, async (t) => {
  t.same(
    where(({ path, text }) => text.split('\n').length > MAX_LINES && LONG[path] === undefined),
    [],
  )
  for (const path of Object.keys(LONG))
    t.ok(existsSync(join(root, path)), `${path} is excepted and exists`)
})

t.test('a protocol is a card, a codec and a server, and a line in the list', async (t) => {
  const list = readFileSync(join(root, 'protocols/index.ts'), 'utf8')
  // What several protocols talk to, no protocol itself.
  const NO_PROTOCOL = ['shell']
  const folders = readdirSync(join(root, 'protocols'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NO_PROTOCOL.includes(entry.name))
    .map((entry) => entry.name)
  for (const name of folders) {
    const card = join(root, 'protocols', name, 'index.ts')
    if (!t.ok(existsSync(card), `${name}: index.ts`)) continue
    const text = readFileSync(card, 'utf8')
    for (const part of ['codec', 'server'])
      t.ok(
        existsSync(join(root, 'protocols', name, `${part}.ts`)) ||
          new RegExp(`\\bno ${part}\\b`, 'i').test(text),
        `${name}: ${part}.ts, or index.ts says why there is "no ${part}"`,
      )
    t.match(list, `'./${name}/index.ts'`, `${name}: in protocols/index.ts`)
  }
})

t.test('importing a file has no effect', async (t) => {
  // Entry points: a process or a worker begins there.
  const files = sources
    .map(({ path }) => path)
    .filter((path) => !isMain(path) && !path.endsWith('-thread.ts'))
    .map((path) => JSON.stringify(join(root, path)))
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `await Promise.all([${files.join()}].map((file) => import(file)))`,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  )
  t.same({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: '', stderr: '' })
})

t.test('the README names every command', async (t) => {
  const readme = join(root, 'README.md')
  if (!t.ok(existsSync(readme), 'README.md')) return
  const text = readFileSync(readme, 'utf8')
  t.ok(COMMANDS.length > 5, 'the commands are found')
  t.same(
    COMMANDS.filter((command) => !new RegExp(`\\bcuttle ${command}\\b`).test(text)),
    [],
  )
})
