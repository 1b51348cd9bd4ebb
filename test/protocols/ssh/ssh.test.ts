import { existsSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ssh2 from 'ssh2'
import t, { type Test } from 'tap'
import type { Observation } from '../../../protocols/observation.ts'
import { hostKeys } from '../../../protocols/ssh/host-keys.ts'
import { ssh } from '../../../protocols/ssh/index.ts'
import { type Listening, listen } from '../../talk/listen.ts'
import { runTalks } from '../../talk/runner.ts'
import { identity, serveVisit } from '../../talk/session.ts'
import { hydra, type Ran, run } from './clients.ts'

const CLIENT = '/usr/bin/ssh'
const noClient =
  ![CLIENT, '/usr/bin/sshpass', '/usr/bin/ssh-keygen'].every(existsSync) && 'no ssh, sshpass'
const OPTIONS = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=INFO',
  'IdentityFile=none',
]
const who = identity('vps-1')
const kinds = (list: readonly Observation[], kind: string): Observation[] =>
  list.filter((seen) => seen.kind === kind)

runTalks(t, ssh, fileURLToPath(new URL('../../talks/ssh', import.meta.url)))

t.test('settings are checked', async (t) => {
  const wrong: [unknown, RegExp][] = [
    ['x', /settings/],
    [{ ident: 'OpenSSH_8.9p1' }, /ident/],
    [{ ident: 'SSH-2.0-a\r\nb' }, /ident/],
    [{ accept: [['root', 7]] }, /accept/],
    [{ keyboardInteractive: 'yes' }, /keyboardInteractive/],
  ]
  for (const [settings, message] of wrong)
    t.throws(() => ssh.service(settings, who), { name: 'TypeError', message })
})

t.test('host keys: the same for one identity, other ones for another, and valid', async (t) => {
  const publicKeys = (name: string): string[] =>
    hostKeys(identity(name)).map((key) => key.getPublicSSH().toString('base64'))
  t.strictSame(publicKeys('a'), publicKeys('a'))
  t.ok(publicKeys('a').every((key) => !publicKeys('b').includes(key)))
  // Short scalars and leading zeros are where encodings go wrong.
  for (let i = 0; i < 40; i++)
    for (const key of hostKeys(identity(`host-${i}`))) {
      const data = Buffer.from('data')
      const signature = key.sign(data)
      t.ok(Buffer.isBuffer(signature) && key.verify(data, signature), `${key.type} ${i}`)
    }
})

async function serving(
  t: Test,
  settings: object,
  work: (server: Listening) => Promise<void>,
): Promise<Listening> {
  const server = await listen(ssh.service({ accept: [['root', 'letmein']], ...settings }, who), who)
  await work(server)
  await server.close()
  t.strictSame(server.faults, [])
  return server
}
const openSsh = (
  { port }: Listening,
  password: string,
  args: readonly string[],
  input?: string,
): Promise<Ran> =>
  run(
    '/usr/bin/sshpass',
    [
      '-p',
      password,
      CLIENT,
      ...OPTIONS.flatMap((option) => ['-o', option]),
      '-p',
      String(port),
      ...args,
    ],
    input,
  )

t.test('OpenSSH logs in and runs a command', { skip: noClient }, async (t) => {
  const { observations } = await serving(t, {}, async (server) => {
    const ran = await openSsh(server, 'letmein', ['root@127.0.0.1', 'uname -n; exit 3'])
    t.match(ran, { status: 3, out: 'vps-1\n' })
  })
  t.match(observations, [
    { kind: 'client', software: /^SSH-2\.0-OpenSSH/, hassh: /^[0-9a-f]{32}$/ },
    { kind: 'credential', method: 'password', user: 'root', secret: 'letmein', accepted: true },
    { kind: 'command', text: 'uname -n; exit 3' },
  ])
  t.equal(observations.length, 3)
})

t.test('a shell without a terminal, and one with', { skip: noClient }, async (t) => {
  const { observations } = await serving(t, {}, async (server) => {
    const plain = await openSsh(
      server,
      'letmein',
      ['-T', 'root@127.0.0.1'],
      'whoami\nnosuch\nexit 4\n',
    )
    t.match(plain, { status: 4, out: 'root\nbash: line 1: nosuch: command not found\n' })
    const tty = await openSsh(server, 'letmein', ['-tt', 'root@127.0.0.1'], 'whoami\rexit\r')
    t.match(tty.out, /root@vps-1:~# whoami\r\nroot\r\nroot@vps-1:~# exit\r\n/)
  })
  t.strictSame(
    kinds(observations, 'command').map((seen) => 'text' in seen && seen.text),
    ['whoami', 'nosuch', 'exit 4', 'whoami', 'exit'],
  )
})

t.test('a file that is piped in and made executable', { skip: noClient }, async (t) => {
  const { observations } = await serving(t, {}, async (server) => {
    const ran = await openSsh(
      server,
      'letmein',
      ['root@127.0.0.1', 'cat > /tmp/x; chmod +x /tmp/x; wc -c /tmp/x'],
      '\x7fELF rest',
    )
    t.match(ran, { status: 0, out: '9 /tmp/x\n' })
  })
  t.match(kinds(observations, 'file'), [{ name: '/tmp/x', bytes: 9 }])
})

t.test('forwarding is refused and recorded', { skip: noClient }, async (t) => {
  const { observations } = await serving(t, {}, async (server) => {
    t.not((await openSsh(server, 'letmein', ['-W', '192.0.2.1:25', 'root@127.0.0.1'])).status, 0)
    t.not(
      (
        await openSsh(server, 'letmein', [
          '-o',
          'ExitOnForwardFailure=yes',
          '-N',
          '-R',
          '8080:127.0.0.1:80',
          'root@127.0.0.1',
        ])
      ).status,
      0,
    )
    t.not((await openSsh(server, 'letmein', ['-s', 'root@127.0.0.1', 'sftp'])).status, 0)
  })
  t.match(kinds(observations, 'request'), [
    { verb: 'direct-tcpip', target: '192.0.2.1:25' },
    { verb: 'tcpip-forward', target: 'localhost:8080' },
    { verb: 'subsystem', target: 'sftp' },
  ])
})

t.test('a key is offered, a password typed at a keyboard', { skip: noClient }, async (t) => {
  const key = join(t.testdir({}), 'key')
  await run('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const [, fingerprint] = (await run('/usr/bin/ssh-keygen', ['-lf', `${key}.pub`])).out.split(' ')
  const { observations } = await serving(t, { keyboardInteractive: true }, async (server) => {
    const methods = 'PreferredAuthentications=publickey,keyboard-interactive'
    t.match(
      await openSsh(server, 'letmein', ['-o', methods, '-i', key, 'root@127.0.0.1', 'true']),
      { status: 0 },
    )
  })
  t.match(kinds(observations, 'credential'), [
    { method: 'publickey', user: 'root', secret: fingerprint, accepted: false },
    { method: 'keyboard-interactive', secret: 'letmein', accepted: true },
  ])
})

t.test('six failures and out, in OpenSSH’s words', async (t) => {
  const passwords = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const { observations } = await serving(t, {}, async ({ port }) => {
    const client = new ssh2.Client()
    const fault = await new Promise<Error & { code?: unknown }>((done) => {
      const next = (): ssh2.AnyAuthMethod | undefined => {
        const password = passwords.shift()
        return password === undefined ? undefined : { type: 'password', username: 'root', password }
      }
      client.on('error', done)
      client.connect({
        host: '127.0.0.1',
        port,
        username: 'root',
        authHandler: (_methods, _partial, use) => use(next() ?? (false as never)),
      })
    })
    t.match(fault, { message: 'Too many authentication failures', code: 2 })
  })
  t.strictSame(
    kinds(observations, 'credential').map((seen) => 'secret' in seen && seen.secret),
    ['a', 'b', 'c', 'd', 'e', 'f'],
  )
})

t.test(
  'hydra finds the password',
  { skip: !existsSync('/usr/bin/hydra') && 'no hydra' },
  async (t) => {
    const { observations } = await serving(t, {}, async ({ port }) => {
      const said = await hydra(t, 'ssh', port, ['nope', '123456', 'letmein', 'last'])
      t.match(said, /login: root +password: letmein/)
    })
    t.match(kinds(observations, 'client')[0], {
      software: /^SSH-2\.0-libssh/,
      hassh: /^[0-9a-f]{32}$/,
    })
  },
)

/** Sends these bytes, and what the server says until it hangs up. */
const raw = (port: number, pieces: readonly Buffer[]): Promise<string> =>
  new Promise((done) => {
    let said = ''
    const socket = createConnection(port, '127.0.0.1', async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((next) => setTimeout(next, 10))
      }
    })
    socket.on('data', (part: Buffer) => {
      said += part.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => done(said))
  })

t.test('nonsense after the identification is one malformed observation', async (t) => {
  const line = Buffer.from('SSH-2.0-x\r\n')
  const nonsense = [
    Buffer.alloc(64, 0xff),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(4)),
    Buffer.from('0000000c0a14000000000000000000000000', 'hex'),
  ]
  for (const bytes of nonsense) {
    const { observations } = await serving(t, {}, async ({ port }) => {
      t.match(await raw(port, [line, bytes]), /^SSH-2\.0-OpenSSH_8\.9p1 Ubuntu/)
    })
    t.strictSame(observations.map(({ kind }) => kind).sort(), ['client', 'malformed'])
  }
})

t.test('a line in pieces is one line', async (t) => {
  const { observations } = await serving(t, {}, async ({ port }) => {
    await raw(
      port,
      [...'SSH-1.5-bot\r\n'].map((c) => Buffer.from(c)),
    )
  })
  t.match(observations, [{ kind: 'client', software: 'SSH-1.5-bot' }, { kind: 'malformed' }])
})

const STREAMS = new URL('../../../../shared/corpus/streams/client-streams.jsonl', import.meta.url)
t.test('captured visitors break nothing', async (t) => {
  if (!existsSync(STREAMS)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  const service = ssh.service(undefined, who)
  for (const text of readFileSync(STREAMS, 'utf8').split('\n')) {
    if (!text.includes('"protocol": "ssh"')) continue
    const { file, stream, client_messages } = JSON.parse(text) as {
      file: string
      stream: number
      client_messages: string[]
    }
    const pieces = client_messages.map((hex) => Buffer.from(hex, 'hex'))
    const { observations } = await serveVisit(service, { pieces, identity: who })
    t.ok(observations.length <= 2, `${file} ${stream}: ${JSON.stringify(observations)}`)
  }
})
