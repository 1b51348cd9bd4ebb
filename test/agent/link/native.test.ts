import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { addVeth, makeNetns, noNetns } from './netns.ts'

const native = fileURLToPath(new URL('../../../agent/link/native/', import.meta.url))
const warnings = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE']
const sanitizers = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']

function unable(): string | undefined {
  const probe = ['-fsanitize=address,undefined', '-xc', '-', '-o', '/dev/null']
  const compiled = spawnSync('cc', probe, { input: 'int main(void) { return 0; }' })
  if (compiled.status !== 0) return 'needs cc with the address and undefined-behaviour sanitizers'
  return noNetns()
}

const reason = unable()
if (reason) t.comment(`skipped: ${reason}`)

t.test('packet.c under the sanitizers', { skip: reason ?? false }, async (t) => {
  const binary = join(t.testdir({}), 'ring_test')
  const sources = ['ring_test.c', 'packet.c', 'fanout.c'].map((file) => join(native, file))
  execFileSync('cc', [...warnings, ...sanitizers, '-o', binary, ...sources])
  const netns = makeNetns('native')
  t.teardown(() => netns.remove())
  addVeth(netns)
  netns.exec('ip', 'link', 'set', 'lo', 'down')
  const args = ['netns', 'exec', netns.name, binary, 'va', 'vb', 'lo']
  const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  for (const line of lines) t.match(line, /^ok /, line)
  t.ok(lines.length > 15, `${lines.length} checks ran`)
  t.equal(stderr, '', 'the sanitizers have nothing to say')
  t.equal(status, 0)
})

t.test(
  'build.sh',
  { skip: spawnSync('cc', ['--version']).status !== 0 && 'needs cc' },
  async (t) => {
    const build = (env: NodeJS.ProcessEnv = {}) =>
      spawnSync('bash', [join(native, 'build.sh')], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      })
    t.match(build(), { status: 0, stdout: /^ring\.node: (built for \w+|up to date)\n$/ })
    t.match(build(), { status: 0, stdout: 'ring.node: up to date\n' }, 'twice')
    const headless = build({ NODE_INCLUDE: '/nowhere' })
    t.match(headless, {
      status: 1,
      stderr: /^ring\.node: no Node headers in \/nowhere: run npm ci/,
    })
  },
)
