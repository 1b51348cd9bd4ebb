import { exec } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Decoder, encode, MAX_SUBNEGOTIATION_BYTES } from '../../../protocols/telnet/codec.ts'
import { telnet } from '../../../protocols/telnet/index.ts'
import { listen } from '../../talk/listen.ts'
import { runTalks } from '../../talk/runner.ts'
import { identity, serveVisit } from '../../talk/session.ts'
import { hydra } from '../ssh/clients.ts'

runTalks(t, telnet, fileURLToPath(new URL('../../talks/telnet', import.meta.url)))

t.test('commands come out of the data, however they are cut', async (t) => {
  const rows: [bytes: string, data: string][] = [
    ['61fffb1f62', 'ab'],
    ['ffff', '\xff'],
    ['fffa1f00500018fff061', 'a'],
    ['fffa1fffff50fff061', 'a'],
    ['fff161', 'a'],
    ['fffd', ''],
  ]
  for (const [hex, data] of rows) {
    const bytes = Buffer.from(hex, 'hex')
    for (let cut = 0; cut <= bytes.length; cut++) {
      const decoder = new Decoder()
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].map((piece) =>
        decoder.data(piece),
      )
      t.equal(Buffer.concat(pieces).toString('latin1'), data, `${hex} at ${cut}`)
    }
  }
  t.strictSame(encode('a\xff\n'), Buffer.from('61ffff0a', 'hex'))
})

t.test('a subnegotiation without end is malformed', async (t) => {
  const decoder = new Decoder()
  decoder.data(Buffer.from([255, 250, 31]))
  t.throws(() => decoder.data(Buffer.alloc(MAX_SUBNEGOTIATION_BYTES + 1)), { name: 'Malformed' })
})

t.test('a client that speaks first negotiates', async (t) => {
  const verdict = (hex: string): string => telnet.detect(Buffer.from(hex, 'hex'))
  t.equal(verdict('ff'), 'more')
  for (const command of ['fb', 'fc', 'fd', 'fe']) t.equal(verdict(`ff${command}`), 'yes')
  for (const other of ['fffa', 'fff0', 'ffd8ffe0', '00', '0d0a', '16030100'])
    t.equal(verdict(other), 'no')
})

t.test('settings are checked', async (t) => {
  const wrong: [unknown, RegExp][] = [
    [7, /settings/],
    [{ banner: 7 }, /banner/],
    [{ architecture: 'vax' }, /architecture/],
    [{ accept: [['root']] }, /accept/],
    [{ accept: 'root:root' }, /accept/],
  ]
  for (const [settings, message] of wrong)
    t.throws(() => telnet.service(settings, identity()), { name: 'TypeError', message })
})

t.test('some of Mirai’s accounts open this machine, others open the next', async (t) => {
  const pool = [
    'xc3511',
    'vizxv',
    'admin',
    '888888',
    'default',
    'juantech',
    '123456',
    'root',
    '12345',
  ]
  const opens = async (hostname: string): Promise<string[]> => {
    const open: string[] = []
    const who = identity(hostname)
    for (const password of pool) {
      const pieces = [Buffer.from(`root\r\n${password}\r\nexit\r\n`)]
      const { observations } = await serveVisit(telnet.service(undefined, who), {
        pieces,
        identity: who,
      })
      if ((observations[0] as { accepted?: boolean }).accepted === true) open.push(password)
    }
    return open
  }
  const machines = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(opens))
  t.ok(new Set(machines.map(String)).size > 1, JSON.stringify(machines))
  t.ok(machines.every((open) => open.length <= 3))
  t.strictSame(await opens('a'), machines[0])
})

t.test(
  'telnet(1) sees a login and a shell',
  { skip: !existsSync('/usr/bin/telnet') && 'no telnet' },
  async (t) => {
    const who = identity('dvrdvs')
    const server = await listen(telnet.service({ accept: [['root', 'xc3511']] }, who), who)
    const script = `(sleep 0.3; echo root; sleep 0.3; echo xc3511; sleep 0.3; echo 'id; exit'; sleep 0.5) | telnet 127.0.0.1 ${server.port}`
    const said = await new Promise<string>(
      (done) => void exec(script, { timeout: 10_000 }, (_fault, out) => done(out)),
    )
    await server.close()
    t.match(
      said,
      /dvrdvs login: root\r?\n?.*Password: .*BusyBox v.*# id; exit.*uid=0\(root\) gid=0\(root\)/s,
    )
    t.notMatch(said, /xc3511/, 'the password is not echoed')
    t.match(server.observations, [
      { kind: 'credential', secret: 'xc3511', accepted: true },
      { kind: 'command', text: 'id; exit' },
    ])
    t.strictSame(server.faults, [])
  },
)

t.test(
  'hydra finds the password',
  { skip: !existsSync('/usr/bin/hydra') && 'no hydra' },
  async (t) => {
    const who = identity('dvrdvs')
    const server = await listen(telnet.service({ accept: [['root', 'xc3511']] }, who), who)
    const said = await hydra(t, 'telnet', server.port, ['nope', 'xc3511', 'vizxv', 'later', 'last'])
    t.match(said, /login: root +password: xc3511/)
    await server.close()
    const tried = server.observations.filter(({ kind }) => kind === 'credential')
    t.match(
      tried.find((seen) => 'accepted' in seen && seen.accepted),
      { user: 'root', secret: 'xc3511' },
    )
    t.strictSame(server.faults, [])
  },
)

const STREAMS = new URL('../../../../shared/corpus/streams/client-streams.jsonl', import.meta.url)
t.test('captured visitors break nothing', async (t) => {
  if (!existsSync(STREAMS)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  for (const line of readFileSync(STREAMS, 'utf8').split('\n')) {
    if (!line.includes('"telnet"')) continue
    const { file, stream, client_messages } = JSON.parse(line) as Record<string, unknown> & {
      client_messages: string[]
    }
    const pieces = client_messages.map((hex) => Buffer.from(hex, 'hex'))
    const { observations } = await serveVisit(telnet.service(undefined, identity()), { pieces })
    t.ok(
      observations.length < 50,
      `${file} ${stream}: ${JSON.stringify(observations).slice(0, 300)}`,
    )
  }
})
