/** The command line in this process: what needs neither privileges nor a sensor. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { cli } from '../../agent/cli.ts'

const base = mkdtempSync(join(tmpdir(), 'cuttle-cli-'))
t.teardown(() => rmSync(base, { recursive: true, force: true }))
const file = (name: string, bytes: Uint8Array): string => {
  const path = join(base, name)
  writeFileSync(path, bytes)
  return path
}

async function cuttle(...args: string[]) {
  let stdout = ''
  const stderr: string[] = []
  const code = await cli({
    args,
    env: {},
    home: fileURLToPath(new URL('../..', import.meta.url)),
    runtime: 'node',
    pid: 1,
    uid: 1,
    terminal: false,
    write: (text) => {
      stdout += text
    },
    complain: (line) => stderr.push(line),
    onStop: () => {},
  })
  return { code, stdout, stderr }
}

t.test('wrong use: exit 2, one line, nothing on stdout', async (t) => {
  for (const args of [
    ['nonsense'],
    ['__proto__'],
    ['toString'],
    ['status', '--nope'],
    ['status', '--state'],
    ['status', '--json=1'],
    ['events', '--limit', '0'],
    ['replay'],
    ['replay', 'a', 'b'],
    ['replay', 'a', '--persona', 'toaster'],
    ['persona'],
    ['persona', 'show'],
    ['doctor', '--state'],
  ]) {
    const { code, stdout, stderr } = await cuttle(...args)
    const what = args.join(' ')
    t.equal(code, 2, what)
    t.equal(stderr.length, 1, `${what}: ${stderr}`)
    t.match(stderr[0], /^cuttle(:| \w+:) [^\n]+$/)
    t.equal(stdout, '', what)
  }
})

t.test('words that are not expected are not ignored', async (t) => {
  for (const args of [
    ['status', 'extra'],
    ['events', 'extra'],
    ['doctor', 'extra'],
    ['persona', 'list', 'extra'],
    ['run', 'extra'],
  ])
    t.equal((await cuttle(...args)).code, 2, args.join(' '))
})

t.test('help: of the whole and of each command', async (t) => {
  const all = await cuttle('--help')
  t.equal(all.code, 0)
  const bare = await cuttle()
  t.equal(bare.code, 2)
  t.equal(bare.stdout, all.stdout)
  for (const name of ['run', 'replay', 'events', 'status', 'persona', 'doctor']) {
    t.match(all.stdout, new RegExp(`^  ${name} `, 'm'))
    const { code, stdout } = await cuttle(name, '--help')
    t.equal(code, 0, name)
    t.match(stdout, new RegExp(`^usage: cuttle ${name}`))
  }
})

t.test('persona', async (t) => {
  const list = await cuttle('persona', 'list')
  t.equal(list.code, 0)
  t.match(list.stdout, /^dvr-jaws +MVPower[^\n]*\(23, 80, 60001\)$/m)
  const rows = (await cuttle('persona', 'list', '--json')).stdout.trim().split('\n')
  t.equal(rows.length, list.stdout.trim().split('\n').length)
  t.match(JSON.parse((await cuttle('persona', 'show', 'dvr-jaws')).stdout), { id: 'dvr-jaws' })
  t.match(await cuttle('persona', 'show', 'toaster'), { code: 1, stderr: [/no persona 'toaster'/] })
})

// A classic pcap header (Ethernet), and a record that promises 60 bytes and has 4.
const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
const record = Buffer.from('00000000000000003c0000003c00000001020304', 'hex')

t.test('replay of what is no capture, or not a whole one', async (t) => {
  for (const path of [
    file('cut.pcap', Buffer.concat([header, record])),
    file('head.pcap', header.subarray(0, 20)),
    file('text.txt', Buffer.from('no capture at all\n')),
    file('empty', Buffer.alloc(0)),
    join(base, 'missing'),
    base,
  ]) {
    const { code, stdout, stderr } = await cuttle('replay', path)
    t.equal(code, 1, path)
    t.equal(stdout, '')
    t.equal(stderr.length, 1, `${path}: ${stderr}`)
    t.match(stderr[0], /^cuttle replay: [^\n]+$/)
  }
  t.same(await cuttle('replay', file('none.pcap', header)), { code: 0, stdout: '', stderr: [] })
})

t.test('a sensor that has never run', async (t) => {
  t.match(await cuttle('status', '--state', base), { code: 1, stderr: [/no outbox at/] })
  t.match(await cuttle('events', '--state', base), { code: 1, stderr: [/no outbox at/] })
})

t.test('an outbox that is none', async (t) => {
  writeFileSync(join(base, 'outbox.db'), 'garbage '.repeat(1000))
  for (const name of ['status', 'events']) {
    const { code, stderr } = await cuttle(name, '--state', base)
    t.equal(code, 1)
    t.equal(stderr.length, 1)
    t.match(stderr[0], new RegExp(`^cuttle ${name}: .*outbox`))
  }
})
