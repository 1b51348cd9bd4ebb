import { fileURLToPath } from 'node:url'
import t from 'tap'
import { generic } from '../../../protocols/generic/index.ts'
import { preview } from '../../../protocols/generic/preview.ts'
import { MAX_HELD_BYTES } from '../../../protocols/generic/server.ts'
import { runTalks } from '../../talk/runner.ts'
import { identity, serveVisit } from '../../talk/session.ts'

runTalks(t, generic, fileURLToPath(new URL('../../talks/generic', import.meta.url)))

t.test('a preview is printable, and the bytes can be told from it', async (t) => {
  const rows: [string, number, string][] = [
    ['GET /', 64, 'GET /'],
    ['a\r\n\t\0', 64, 'a\\x0d\\x0a\\x09\\x00'],
    ['\\x41', 64, '\\\\x41'],
    ['\x7f\x80\xff~ ', 64, '\\x7f\\x80\\xff~ '],
    ['abcdef', 3, 'abc'],
    ['', 3, ''],
  ]
  for (const [bytes, max, text] of rows) t.equal(preview(Buffer.from(bytes, 'latin1'), max), text)
})

t.test('it recognises nothing, and leaves after so many bytes', async (t) => {
  t.equal(generic.detect(Buffer.from('GET / HTTP/1.1\r\n')), 'no')
  const piece = Buffer.alloc(32 * 1024)
  const pieces = Array.from({ length: 1 + MAX_HELD_BYTES / piece.length }, () => piece)
  const account = await serveVisit(generic.service(undefined, identity()), { pieces, stays: true })
  t.equal(account.closed, true)
  t.equal(account.replies.length, 0)
})
