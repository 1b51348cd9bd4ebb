import t from 'tap'
import type { Protocol } from '../../protocols/protocol.ts'
import { Malformed } from '../../protocols/reader.ts'
import { faults, runTalk } from './runner.ts'
import { serveVisit } from './session.ts'
import { parseTalk, turns } from './talk.ts'

/** Greets, echoes lines, leaves on `bye`, cannot bear `?`. */
const echo: Protocol = {
  id: 'echo',
  transport: 'tcp',
  ports: [7],
  greets: true,
  detect: () => 'no',
  service: () => async (session) => {
    await session.write('hello\r\n')
    for (;;) {
      const line = await session.reader.message((head) => head.indexOf(10) + 1 || undefined)
      if (line === undefined) return
      if (line[0] === 0x3f) throw new Malformed('a question')
      session.report({ kind: 'command', text: line.toString('latin1').trim() })
      await session.pause(1000)
      if (line.toString() === 'bye\r\n') return
      await session.write(line)
    }
  },
}

const SCRIPT = String.raw`# a script
port 7
< hello\r\n
> one\r\n
< one\r\n
>hex 74 77 6f 0d 0a
>times 3 x\n
< /two\r\n(x\n)+/
! {"kind":"command","text":"one"}
! {"kind":"command"}
! {"text":"x"}
! {"text":"x"}
! {"text":"x"}
`

t.test('a talk runs in every cut', (t) => runTalk(t, echo, parseTalk('echo.talk', SCRIPT)))

t.test('the server hangs up, and Malformed is an observation', async (t) => {
  await runTalk(t, echo, parseTalk('bye', '< hello\\r\\n\n> bye\\r\\n\n! {"text":"bye"}\nclose'))
  await runTalk(
    t,
    echo,
    parseTalk('odd', '< hello\\r\\n\n> ?\\n\n! {"kind":"malformed","reason":"a question"}\nclose'),
  )
})

t.test('a server that does not hang up is told apart', async (t) => {
  const visit = { pieces: [Buffer.from('one\r\n')], stays: true }
  const account = await serveVisit(
    echo.service(undefined, { hostname: '', now: () => 0, secret: () => Buffer.alloc(0) }),
    visit,
  )
  t.equal(account.closed, false)
  t.equal(account.replies.toString(), 'hello\r\none\r\n')
})

t.test('turns end where the server is heard; a bad line says where', async (t) => {
  t.strictSame(turns(parseTalk('x', SCRIPT)).map(String), ['one\r\n', 'two\r\nx\nx\nx\n'])
  t.throws(() => parseTalk('x', '? what'), { message: 'x:1: not a talk line: ? what' })
  t.throws(() => parseTalk('x', '> \\q'), { message: 'x:1: bad escape \\q' })
})

t.test('what goes otherwise is a fault', async (t) => {
  const account = {
    replies: Buffer.from('hello\r\n'),
    observations: [{ kind: 'command', text: 'x' } as const],
    marks: [],
    closed: false,
  }
  const count = (script: string): number => faults(parseTalk('x', script), account).length
  t.equal(count('< hello\\r\\n\n! {"text":"x"}'), 0)
  t.equal(count('< hullo\\r\\n\n! {"text":"x"}'), 1, 'another reply')
  t.equal(count('< hello\n! {"text":"x"}'), 1, 'more reply')
  t.equal(count('< /h.*\\n/\n! {"text":"y"}'), 1, 'another observation')
  t.equal(count('< /h.*\\n/'), 1, 'one observation more')
  t.equal(count('< /h.*\\n/\n! {"text":"x"}\n! {}'), 1, 'one observation less')
  t.equal(count('< /h.*\\n/\n! {"text":"x"}\nclose'), 1, 'no hang-up')
})
