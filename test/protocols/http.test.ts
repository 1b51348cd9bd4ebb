import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { decode, frame, recognise } from '../../protocols/http/codec.ts'
import { http } from '../../protocols/http/index.ts'
import { httpDate } from '../../protocols/http/server.ts'
import { listen } from '../talk/listen.ts'
import { runTalks } from '../talk/runner.ts'
import { identity, serveVisit } from '../talk/session.ts'

const run = promisify(execFile)
const CURL = '/usr/bin/curl'
const room = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const ATTACKS = room('../../../shared/corpus/labelled/attack-lines.jsonl')

runTalks(t, http, room('../talks/http'))

t.test('recognised by its request line alone', async (t) => {
  const rows: [string, 'yes' | 'no' | 'more'][] = [
    ['GET /', 'yes'],
    ['GET', 'more'],
    ['GET shell HTTP/1.0\r\n', 'yes'],
    ['OPTIONS * HTTP/1.1\r\n', 'yes'],
    ['OPTIONS * RTSP/1.0\r\n', 'no'],
    ['OPTIONS sip:nm SIP/2.0\r\n', 'no'],
    ['PROPFIND /x HTTP/1.', 'yes'],
    ['CONNECT 203.0.113.9:25 HTTP/1.0\r\n', 'yes'],
    ['get foo\r\n', 'no'],
    ['SSH-2.0-Go\r\n', 'no'],
    ['EHLO x\r\n', 'no'],
    ['\r\n\r\n', 'no'],
    [`DESCRIBE ${'a'.repeat(2000)}`, 'no'],
  ]
  for (const [head, verdict] of rows)
    t.equal(recognise(Buffer.from(head)), verdict, head.slice(0, 40))
})

t.test('a request is told though its form is refused', async (t) => {
  const rows: [string, object][] = [
    ['POST /\r\n', { verb: 'POST', target: '/', version: '' }],
    ['GET / HTTP/x\r\n\r\n', { verb: 'GET', version: '' }],
    ['GET /\r\n', { verb: 'GET', target: '/', version: '0.9' }],
  ]
  for (const [text, head] of rows) {
    const bytes = Buffer.from(text)
    t.match(decode(bytes.subarray(0, frame(bytes))), head)
    if ((head as { version: string }).version !== '') continue
    const visit = await serveVisit(http.service(undefined, identity()), { pieces: [bytes] })
    t.match(visit.observations, [{ kind: 'request' }, { kind: 'malformed', reason: 'no version' }])
  }
  const odd = Buffer.from('GET /x HTTP/1.0\r\nno colon\r\n: no name\r\n more\r\nA: b\r\n\r\n')
  t.same([...decode(odd).headers], [['a', 'b']], 'a line that is no header is passed over')
})

t.test('heads are bounded', async (t) => {
  const lines = (count: number): string =>
    Array.from({ length: count }, (_, i) => `h${i}: x\r\n`).join('')
  const rows: [string, RegExp][] = [
    [`GET / HTTP/1.1\r\n${lines(101)}\r\n`, /too many headers/],
    [`GET / HTTP/1.1\r\nx: ${'a'.repeat(9000)}`, /header too long/],
    [`GET / HTTP/1.1\r\n${`x: ${'a'.repeat(8000)}\r\n`.repeat(5)}\r\n`, /head too long/],
    [`${'A'.repeat(40)}`, /method too long/],
    ['\r\n'.repeat(200), /empty lines/],
    ['GET\r\n', /no target/],
  ]
  for (const [text, message] of rows) {
    const bytes = Buffer.from(text)
    t.throws(
      () => decode(bytes.subarray(0, frame(bytes))),
      { name: 'Malformed', message },
      String(message),
    )
  }
})

t.test('a header named __proto__ is a header', async (t) => {
  const { observations } = await serveVisit(http.service(undefined, identity()), {
    pieces: [Buffer.from('GET / HTTP/1.0\r\n__proto__: x\r\n\r\n')],
  })
  const [seen] = observations
  t.equal(seen?.kind === 'request' && Object.entries(seen.headers ?? {})[0]?.join(), '__proto__,x')
})

t.test('at most 4 KiB of a body are kept, at most 1 MiB are taken', async (t) => {
  const head = Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const chunk = Buffer.concat([
    Buffer.from('8000\r\n'),
    Buffer.alloc(0x8000, 'x'),
    Buffer.from('\r\n'),
  ])
  const { observations, replies } = await serveVisit(http.service(undefined, identity()), {
    pieces: [head, ...Array<Buffer>(40).fill(chunk)],
  })
  const [request, malformed] = observations
  t.equal(request?.kind === 'request' && request.body?.length, 4096)
  t.strictSame(malformed, { kind: 'malformed', reason: 'body too long' })
  t.match(String(replies), /^HTTP\/1\.1 413 /)
})

t.test('a connection has its last request', async (t) => {
  const { replies, observations } = await serveVisit(
    http.service({ server: 'Boa/0.94.14rc21' }, identity()),
    { pieces: [Buffer.from('GET /x HTTP/1.1\r\n\r\n'.repeat(150))] },
  )
  t.equal(observations.length, 100)
  t.equal(String(replies).split('Connection: close').length, 2)
})

t.test('Date is the identity’s clock; files are dated and tagged by the identity', async (t) => {
  const visit = async (name: string, settings: unknown): Promise<string> =>
    String(
      (
        await serveVisit(http.service(settings, identity(name)), {
          pieces: [Buffer.from('GET / HTTP/1.0\r\n\r\n')],
        })
      ).replies,
    )
  const one = await visit('one', {})
  t.match(one, 'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n')
  t.equal(httpDate(784111777000), 'Sun, 06 Nov 1994 08:49:37 GMT')
  const two = await visit('two', {})
  const tag = (text: string): string => /ETag: (.*)\r/.exec(text)?.[1] ?? ''
  t.not(tag(one), tag(two))
  t.equal(tag(two), tag(await visit('two', {})))
})

t.test('a faulty setting is named at load', async (t) => {
  for (const settings of [
    { server: 5 },
    { server: 'a\nb' },
    { accept: ['x'] },
    { title: [] },
    { digest: 'yes' },
    { redirect: { status: 200, to: '/' } },
    { redirect: { status: 302 } },
    { redirect: { status: 302, to: 'a\r\nb' } },
    { headers: [['X: y', 'z']] },
    { headers: [['X', 'a\nb']] },
    { sever: 'nginx' },
  ])
    t.throws(() => http.service(settings, identity()), {
      name: 'TypeError',
      message: new RegExp(Object.keys(settings)[0] ?? '?'),
    })
})

t.test('what attackers asked in public logs', async (t) => {
  if (!existsSync(ATTACKS)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  const rows = readFileSync(ATTACKS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { line: string; headers?: Record<string, string> })
  let asked = 0
  for (const { line, headers } of rows) {
    if (!/ HTTP\/1\.[01]$/.test(line)) continue
    asked++
    const text = `${line}\r\n${Object.entries({ host: 'x', ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`
    const bytes = Buffer.from(text)
    t.equal(recognise(bytes), 'yes', line)
    const { observations, replies } = await serveVisit(
      http.service({ server: 'jaws' }, identity()),
      { pieces: [bytes] },
    )
    const [seen] = observations
    t.equal(
      seen?.kind === 'request' && `${seen.verb} ${seen.target} HTTP/${seen.version}`,
      Buffer.from(line).toString('latin1'),
    )
    t.match(String(replies), /^HTTP\/1\.1 \d{3} /)
  }
  t.comment(`${asked} of ${rows.length} lines are requests`)
})

t.test('curl is answered', { skip: !existsSync(CURL) && 'no curl on this machine' }, async (t) => {
  for (const server of ['nginx', 'apache', 'lighttpd', 'jaws']) {
    const site = await listen(http.service({ server, accept: [['admin', 'pw']] }, identity()))
    const url = `http://127.0.0.1:${site.port}`
    const curl = async (...words: string[]): Promise<string> =>
      (await run(CURL, ['-sS', '-m', '10', ...words])).stdout
    t.match(
      await curl('-i', `${url}/`, `${url}/index.html`),
      /^HTTP\/1\.1 200 OK\r\n.*<\/html>/s,
      server,
    )
    t.match(await curl('-I', `${url}/nope`), /^HTTP\/1\.1 404 Not Found\r\n/)
    t.match(
      await curl(
        '-i',
        '-u',
        'admin:pw',
        '-H',
        'Expect: 100-continue',
        '-d',
        'user=x&pass=y',
        `${url}/form`,
      ),
      /404 Not Found/,
    )
    t.match(await curl('-i', '-x', url, 'http://203.0.113.9/'), /^HTTP\/1\.1 200 OK/)
    t.match(
      await curl(
        '-i',
        '-X',
        'PUT',
        '-H',
        'Transfer-Encoding: chunked',
        '-T',
        room('./http.test.ts'),
        `${url}/up`,
      ),
      /405 /,
    )
    await site.close()
    t.strictSame(site.faults, [])
    t.strictSame(
      site.observations
        .filter((o) => o.kind === 'credential')
        .map(({ method, user, secret, accepted }) => [method, user, secret, accepted]),
      [
        ['basic', 'admin', 'pw', true],
        ['form', 'x', 'y', false],
      ],
    )
    t.equal(site.observations.filter((o) => o.kind === 'request').length, 6)
  }
})
