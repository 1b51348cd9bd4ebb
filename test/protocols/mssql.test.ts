import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { decode, encode, frame } from '../../protocols/mssql/codec.ts'
import { mssql } from '../../protocols/mssql/index.ts'
import type { ObservationOf } from '../../protocols/observation.ts'
import { listen } from '../talk/listen.ts'
import { runTalks } from '../talk/runner.ts'
import { identity, serveVisit } from '../talk/session.ts'

const TSQL = '/usr/bin/tsql'
const room = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const VECTORS = room('../../../shared/corpus/spec-vectors/ms-tds')
const CORPUS = room('../../../shared/corpus/freetds-live')

runTalks(t, mssql, room('../talks/mssql'))

t.test('long answers leave in packets', async (t) => {
  const bytes = encode(4, 51, Buffer.alloc(1000, 'x'), 512)
  const sizes: [number, boolean][] = []
  for (let at = 0; at < bytes.length; ) {
    const length = frame(bytes.subarray(at)) ?? 0
    sizes.push([length, decode(bytes.subarray(at, at + length)).last])
    at += length
  }
  t.strictSame(sizes, [
    [512, false],
    [504, true],
  ])
})

t.test('a faulty setting is named at load', async (t) => {
  t.throws(() => mssql.service({ version: '2008' }, identity()), {
    name: 'TypeError',
    message: /version/,
  })
  t.throws(() => mssql.service({ accept: ['sa'] }, identity()), {
    name: 'TypeError',
    message: /accept/,
  })
})

t.test('too much of one message', async (t) => {
  const packet = encode(2, 0, Buffer.alloc(4000))
  packet[1] = 0
  const { observations } = await serveVisit(mssql.service(undefined, identity()), {
    pieces: Array<Buffer>(20).fill(packet),
  })
  t.strictSame(observations, [{ kind: 'malformed', reason: 'message too long' }])
})

t.test('FreeTDS as captured', async (t) => {
  if (!existsSync(CORPUS)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  for (const version of ['4.2', '5.0', '7.1']) {
    const capture = JSON.parse(readFileSync(`${CORPUS}/freetds-tds${version}-sa.json`, 'utf8')) as {
      user: string
      password: string
      messages: [string, string][]
    }
    const pieces = capture.messages
      .filter(([side]) => side === 'c')
      .map(([, hex]) => Buffer.from(hex, 'hex'))
    const { observations } = await serveVisit(mssql.service(undefined, identity()), { pieces })
    t.match(observations.at(-1), {
      kind: 'credential',
      user: capture.user,
      secret: capture.password,
      fields: { tds: version, host: 'vm', application: 'TSQL' },
    })
  }
})

/** The bytes of an example of [MS-TDS] 4: the hex between the first lines and the decoded part. */
function example(name: string): Buffer {
  const lines = readFileSync(`${VECTORS}/${name}`, 'utf8').split('\n')
  const end = lines.findIndex((line) => line.includes('PacketHeader'))
  const hex = lines.slice(0, end).filter((line) => /^(\d+\. +|\s+)([0-9A-F]{2} ?)+$/.test(line))
  return Buffer.from(
    hex.map((line) => line.replace(/^\d+\./, '').replaceAll(' ', '')).join(''),
    'hex',
  )
}

t.test('the examples of MS-TDS', async (t) => {
  if (!existsSync(VECTORS)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  const settings = { version: '9.00.1399.06', accept: [['sa', '']] }
  const names = [
    '01-pre-login-request.md',
    '02-login-request.md',
    '06-sql-batch-client-request.md',
    '08-rpc-client-request.md',
    '10-attention-request.md',
  ]
  const { observations } = await serveVisit(mssql.service(settings, identity()), {
    pieces: names.map(example),
  })
  t.match(observations, [
    { kind: 'client', software: 'TDS 9.0.0', fields: { encryption: 'on' } },
    {
      kind: 'credential',
      user: 'sa',
      secret: '',
      accepted: true,
      fields: { tds: '7.2', host: 'skostov1', application: 'OSQL-32', library: 'ODBC' },
    },
    { kind: 'command', text: /select 'foo' as 'bar'/ },
    { kind: 'command', text: 'EXEC foo3' },
  ])
  t.equal(observations.length, 4)
})

function tsql(port: number, version: string, password: string, input: string): Promise<string> {
  return new Promise((done) => {
    const child = execFile(
      TSQL,
      ['-H', '127.0.0.1', '-p', String(port), '-U', 'sa', '-P', password],
      { env: { TDSVER: version, LC_ALL: 'C', HOME: '/nonexistent' }, timeout: 10_000 },
      (_fault, stdout, stderr) => done(stdout + stderr),
    )
    child.stdin?.end(input)
  })
}

t.test(
  'tsql is refused as by SQL Server',
  { skip: !existsSync(TSQL) && 'no tsql (freetds-bin) on this machine' },
  async (t) => {
    for (const version of ['4.2', '7.0', '7.1', '7.2', '7.3', '7.4']) {
      const server = await listen(mssql.service(undefined, identity('db01')), identity('db01'))
      const text = await tsql(server.port, version, 'secret', '')
      await server.close()
      t.match(
        text,
        /Msg 18456 \(severity 14, state 1\) from DB01( Line 1)?:\s+"Login failed for user 'sa'\."/,
        `TDS ${version}`,
      )
      const seen = server.observations.filter(
        (o): o is ObservationOf<'credential'> => o.kind === 'credential',
      )
      t.match(seen, [
        {
          method: 'password',
          user: 'sa',
          secret: 'secret',
          accepted: false,
          fields: { tds: version, application: 'TSQL' },
        },
      ])
      t.strictSame(server.faults, [])
    }
  },
)

t.test(
  'tsql gets in and asks',
  { skip: !existsSync(TSQL) && 'no tsql (freetds-bin) on this machine' },
  async (t) => {
    for (const version of ['4.2', '7.0', '7.1', '7.4']) {
      const settings = {
        accept: [['sa', 'sa']],
        version: version === '4.2' ? '6.50.201.0' : '15.0.2000.5',
      }
      const server = await listen(mssql.service(settings, identity('db01')), identity('db01'))
      const text = await tsql(
        server.port,
        version,
        'sa',
        'select @@version\ngo\nexec nope\ngo\nquit\n',
      )
      await server.close()
      t.match(text, /Could not find stored procedure 'nope'/, `TDS ${version}`)
      if (version === '7.4') t.match(text, /Microsoft SQL Server 2019 \(RTM\) - 15\.0\.2000\.5/)
      t.strictSame(
        server.observations.filter((o) => o.kind === 'command').map((o) => o.text.trim()),
        ['select @@version', 'exec nope'],
        version,
      )
      t.strictSame(server.faults, [])
    }
  },
)
