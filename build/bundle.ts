/**
 * dist/: each process as one ESM file, with what it reads beside it. What is compiled (SQLite, libpcap,
 * raw sockets) stays a package: dist/ needs a node_modules with those three and no others.
 */
import { cp, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

const ENTRIES = ['agent/main.ts', 'agent/packet-thread.ts', 'hub/main.ts']

/** cpu-features and *.node: ssh2 does without them. pcap and raw-socket are loaded by name at run time. */
const NATIVE = ['better-sqlite3', 'pcap', 'raw-socket', 'cpu-features', '*.node']

/** A bundled file's import.meta.url is the bundle's: what a source names relative to itself goes beside the entry. */
const ASSETS: readonly (readonly [from: string, to: string])[] = [
  ['agent/link/native/build/ring.node', 'agent/native/build/ring.node'],
  ['agent/behaviour/rules', 'agent/behaviour/rules'],
  ['package.json', 'package.json'],
]

/** What packages written for CommonJS expect to find. */
const COMMONJS = `import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname`

await rm(join(dist, 'agent'), { recursive: true, force: true })
await rm(join(dist, 'hub'), { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES,
  outdir: dist,
  outbase: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  external: NATIVE,
  banner: { js: COMMONJS },
  metafile: true,
  logLevel: 'warning',
  plugins: [
    {
      // A worker and the hub are named by their place, which the bundler leaves alone.
      name: 'names',
      setup({ onLoad }) {
        onLoad({ filter: /\/agent\/(sensor|commands\/elsewhere)\.ts$/ }, async ({ path }) => {
          const text = await readFile(path, 'utf8')
          const contents = text.replace(/((?:-thread|'main)\.)ts'/g, "$1js'")
          return { contents, loader: 'ts' }
        })
      },
    },
  ],
})
for (const [from, to] of ASSETS) {
  await mkdir(dirname(join(dist, to)), { recursive: true })
  await cp(join(root, from), join(dist, to), { recursive: true })
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(0).padStart(6)} KiB`
for (const [path, { bytes }] of Object.entries(metafile.outputs))
  console.log(`${kib(bytes)}  ${path}`)
for (const [, to] of ASSETS) {
  const { size } = await stat(join(dist, to))
  console.log(`${kib(size)}  dist/${to}`)
}
