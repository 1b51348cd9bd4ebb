import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { decode, encode, frame } from '../../protocols/redis/codec.ts'
import { redis } from '../../protocols/redis/index.ts'
import { glob, Keys } from '../../protocols/redis/keys.ts'
import { listen } from '../talk/listen.ts'
import { runTalks } from '../talk/runner.ts'
import { identity, serveVisit } from '../talk/session.ts'

const run = promisify(execFile)
const CLI = '/usr/bin/redis-cli'

runTalks(t, redis, fileURLToPath(new URL('../talks/redis', import.meta.url)))

t.test('a request is framed however it is cut', async (t) => {
  const whole = Buffer.from('*2\r\n$4\r\nAUTH\r\n$3\r\nfoo\r\n')
  for (let i = 1; i < whole.length; i++)
    t.ok([undefined, whole.length].includes(frame(whole.subarray(0, i))))
  t.equal(frame(whole), whole.length)
  t.strictSame(decode(whole), ['AUTH', 'foo'])
})

t.test('the byte after a CR is not looked at, as in Redis', async (t) => {
  for (const text of ['*2\rX$4\r\nECHO\r\n$1\rXa\r\n', '*2\rX$4\rXECHOXX$1\rXaXX']) {
    const whole = Buffer.from(text)
    t.equal(frame(whole), whole.length)
    t.strictSame(decode(whole), ['ECHO', 'a'])
  }
})

t.test('inline words as sdssplitargs', async (t) => {
  const rows: [string, string[]][] = [
    ['a  b\t c\r\n', ['a', 'b', 'c']],
    ['"a b" \'c d\'\n', ['a b', 'c d']],
    ["\"\\x41\\n\\q\" 'it\\'s'\r\n", ['A\nq', "it's"]],
    ['"" x\r\n', ['', 'x']],
    ['\r\n', []],
  ]
  for (const [line, words] of rows) t.strictSame(decode(Buffer.from(line)), words, line)
  t.throws(() => decode(Buffer.from('"a"b\r\n')), {
    message: 'Protocol error: unbalanced quotes in request',
  })
})

t.test('replies in both dialects', async (t) => {
  const map = { pairs: ['a', null] }
  t.equal(encode(map), '*2\r\n$1\r\na\r\n$-1\r\n')
  t.equal(encode(map, 3), '%1\r\n$1\r\na\r\n_\r\n')
  t.equal(encode([1, { ok: 'OK' }, { error: 'ERR a\r\nb' }]), '*3\r\n:1\r\n+OK\r\n-ERR a  b\r\n')
})

t.test('the glob of KEYS', async (t) => {
  const rows: [string, string, boolean][] = [
    ['*', '', true],
    ['a*c', 'abbbc', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[^a]x', 'ax', false],
    ['\\*', '*', true],
    ['a[', 'a[', false],
    ['*a*a*a*b', 'a'.repeat(5000), false],
  ]
  for (const [pattern, text, matches] of rows)
    t.equal(glob(pattern, text), matches, `${pattern} ~ ${text.slice(0, 9)}`)
})

t.test('the key space is bounded and forgets what is deleted', async (t) => {
  const keys = new Keys()
  for (let i = 0; i < 300; i++) keys.set(`k${i}`, 'x')
  t.equal(keys.size, 256)
  t.notOk(keys.set('k0', 'y'.repeat(300 * 1024)))
  keys.clear(true)
  for (let i = 0; i < 4; i++)
    t.ok(keys.set('big', 'y'.repeat(200 * 1024)), 'the old value makes room')
  t.ok(keys.delete('big'))
  t.ok(keys.set('big', 'y'.repeat(200 * 1024)))
})

t.test('one visitor does not see what another stored', async (t) => {
  const service = redis.service(undefined, identity())
  await serveVisit(service, { pieces: [Buffer.from('SET a b\r\nCONFIG SET dir /tmp\r\n')] })
  const { replies } = await serveVisit(service, {
    pieces: [Buffer.from('GET a\r\nCONFIG GET dir\r\n')],
  })
  t.equal(String(replies), '$-1\r\n*2\r\n$3\r\ndir\r\n$14\r\n/var/lib/redis\r\n')
})

t.test('two identities differ where a visitor compares', async (t) => {
  const texts = await Promise.all(
    ['one', 'two'].map(async (name) =>
      String(
        (
          await serveVisit(redis.service(undefined, identity(name)), {
            pieces: [Buffer.from('INFO\r\n')],
          })
        ).replies,
      ),
    ),
  )
  for (const key of ['run_id', 'master_replid', 'uptime_in_seconds', 'redis_build_id']) {
    const values = texts.map((text) => new RegExp(`\n${key}:(\\w+)`).exec(text)?.[1])
    t.not(values[0], values[1], key)
    t.ok(values[0])
  }
})

t.test('a faulty setting is named at load', async (t) => {
  t.throws(() => redis.service({ version: '2.8.0' }, identity()), {
    name: 'TypeError',
    message: /version/,
  })
  t.throws(() => redis.service({ password: 5 }, identity()), {
    name: 'TypeError',
    message: /password/,
  })
})

t.test(
  'redis-cli is at home',
  { skip: !existsSync(CLI) && 'no redis-cli on this machine' },
  async (t) => {
    for (const version of ['5.0.7', '6.0.16', '7.0.15']) {
      const server = await listen(redis.service({ version, password: 'pw' }, identity()))
      const cli = async (...words: string[]): Promise<string> => {
        const { stdout, stderr } = await run(
          CLI,
          ['-h', '127.0.0.1', '-p', String(server.port), '--no-auth-warning', '-a', 'pw', ...words],
          { timeout: 10_000 },
        )
        return stdout + stderr
      }
      t.match(await cli('INFO', 'server'), `redis_version:${version}`)
      t.equal(await cli('SET', 'a', 'b c'), 'OK\n')
      t.equal(await cli('CONFIG', 'GET', 'dbfilename'), 'dbfilename\ndump.rdb\n')
      t.match(await cli('COMMAND', 'COUNT'), /^2\d\d\n$/)
      t.match(await cli('CLIENT', 'LIST'), /^id=\d+ addr=127\.0\.0\.1:\d+ /)
      if (version !== '5.0.7') t.match(await cli('-3', 'CONFIG', 'GET', 'dir'), '/var/lib/redis')
      if (version === '7.0.15') t.match(await cli('COMMAND', 'DOCS'), /^\n?$/)
      t.match(await cli('-r', '3', 'PING'), 'PONG\nPONG\nPONG\n')
      await server.close()
      t.strictSame(server.observations[0], {
        kind: 'credential',
        method: 'password',
        user: 'default',
        secret: 'pw',
        accepted: true,
      })
      t.ok(server.observations.some((o) => o.kind === 'command' && o.text === 'SET a "b c"'))
    }
  },
)
