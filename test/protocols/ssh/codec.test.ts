import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { Writer } from '../../../protocols/bytes.ts'
import { clientHello, identification } from '../../../protocols/ssh/codec.ts'
import { ssh } from '../../../protocols/ssh/index.ts'

t.test('identification lines, as OpenSSH judges them', async (t) => {
  const rows: [line: string, verdict: string | undefined, ident?: string][] = [
    ['SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', 'fine', 'SSH-2.0-OpenSSH_9.2p1 Debian-2'],
    ['SSH-2.0-Go\n', 'fine', 'SSH-2.0-Go'],
    ['SSH-1.99-x\r\n', 'fine', 'SSH-1.99-x'],
    ['SSH-1.5-1.2.26\n', 'mismatch', 'SSH-1.5-1.2.26'],
    ['SSH-3.0-x\r\n', 'mismatch', 'SSH-3.0-x'],
    ['SSH-1337-OpenSSH_9.0\r\n', 'invalid', 'SSH-1337-OpenSSH_9.0'],
    ['GET / HTTP/1.1\r\n', 'invalid', 'GET / HTTP/1.1'],
    ['SSH-2.0-a\rb\r\n', 'invalid', 'SSH-2.0-a'],
    ['SSH-2.0-a\0b\r\n', 'invalid'],
    ['SSH-2.0-\r\n', 'invalid'],
    ['\r\n', 'invalid'],
    ['SSH-2.0-OpenSSH', undefined],
    ['', undefined],
    ['x'.repeat(9000), 'invalid'],
  ]
  for (const [line, verdict, ident] of rows) {
    const made = identification(Buffer.from(line, 'latin1'))
    t.equal(made?.verdict, verdict, JSON.stringify(line.slice(0, 40)))
    if (ident !== undefined) t.equal(made?.ident, ident)
  }
})

/** A client's opening with these lists. */
function opening(ident: string, lists: readonly string[]): Buffer {
  const payload = new Writer().u8(20).bytes(Buffer.alloc(16, 7))
  for (const list of lists) payload.u32be(list.length).text(list)
  payload.u8(0).u32be(0)
  const body = payload.end()
  const packet = new Writer()
    .u32be(1 + body.length + 4)
    .u8(4)
    .bytes(body)
    .bytes(Buffer.alloc(4))
  return Buffer.concat([Buffer.from(`${ident}\r\n`), packet.end()])
}
const LISTS = ['kex1,kex2', 'key', 'enc1', 'enc2', 'mac1', 'mac2', 'none', 'zlib', '', '']

t.test('the hello is there when it is whole, and not before', async (t) => {
  const whole = opening('SSH-2.0-x', LISTS)
  for (let end = 0; end < whole.length; end++)
    t.equal(clientHello(whole.subarray(0, end)), undefined)
  const hassh = createHash('md5').update('kex1,kex2;enc1;mac1;none').digest('hex')
  t.match(clientHello(Buffer.concat([whole, Buffer.from('more')])), { ident: 'SSH-2.0-x', hassh })
})

t.test('a first packet that is no proposal has no fingerprint', async (t) => {
  const line = Buffer.from('SSH-2.0-x\r\n')
  const packets = ['7fffffff00', '0000000c0401aaaaaaaaaaaaaaaaaaaa', '000000020014', '00000000']
  for (const hex of packets) {
    const hello = clientHello(Buffer.concat([line, Buffer.from(hex, 'hex')]))
    t.match(hello, { ident: 'SSH-2.0-x', hassh: undefined }, hex)
    t.ok(hello)
  }
})

t.test('detect', async (t) => {
  t.equal(ssh.detect(Buffer.from('S')), 'more')
  t.equal(ssh.detect(Buffer.from('SSH')), 'more')
  t.equal(ssh.detect(Buffer.from('SSH-')), 'yes')
  t.equal(ssh.detect(Buffer.from('SSL')), 'no')
})

const corpus = new URL('../../../../shared/corpus/', import.meta.url)

t.test('HASSH of captured clients is what tshark says', async (t) => {
  if (!existsSync(corpus)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  type Row = { readonly stream: string; readonly hassh?: string }
  const read = (name: string): string => readFileSync(new URL(name, corpus), 'utf8')
  const oracle = JSON.parse(read('oracles/tshark-4.0.17-ja3-hassh.json')) as Record<string, Row[]>
  let compared = 0
  for (const line of read('streams/client-streams.jsonl').split('\n')) {
    if (!line.includes('"protocol": "ssh"')) continue
    const { file, stream, client_messages } = JSON.parse(line) as {
      file: string
      stream: number
      client_messages: string[]
    }
    const expected = oracle[file]?.find(
      (row) => row.stream === String(stream) && row.hassh !== undefined,
    )
    if (expected === undefined) continue
    const bytes = Buffer.concat(client_messages.map((hex) => Buffer.from(hex, 'hex')))
    t.equal(clientHello(bytes)?.hassh, expected.hassh, `${file} ${stream}`)
    compared++
  }
  t.ok(compared > 10, `${compared} compared`)
})

t.test('HASSH of the published list', async (t) => {
  if (!existsSync(corpus)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  const rows = readFileSync(new URL('fingerprints/hassh_fingerprints.csv', corpus), 'utf8')
    .split('\n')
    .slice(1)
  let compared = 0
  for (const row of rows) {
    const match = /,"([^"]*)",([0-9a-f]{32}),"1\.0","([^"]*)"/.exec(row)
    if (match === null) continue
    const [, ident = '', hassh, algorithms = ''] = match
    const [kex = '', enc = '', mac = '', comp = ''] = algorithms.split(';')
    if (algorithms.split(';').length !== 4) continue
    t.equal(
      clientHello(opening(ident, [kex, 'k', enc, 'x', mac, 'x', comp, 'x', '', '']))?.hassh,
      hassh,
      ident,
    )
    compared++
  }
  t.ok(compared > 40, `${compared} compared`)
})
