import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { askControl, openControl, takeState } from '../../agent/control.ts'

const directory = mkdtempSync(join(tmpdir(), 'cuttle-control-'))
t.teardown(() => rmSync(directory, { recursive: true, force: true }))
const path = join(directory, 'control.sock')
const answer = async () => ({ sensor: 'x', text: 'ü'.repeat(50_000) })

t.test('asks and answers', async (t) => {
  t.equal(await askControl(path), undefined, 'nobody there')
  const control = await openControl(path, answer)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(await Promise.all([askControl(path), askControl(path)]), [await answer(), await answer()])
  await t.rejects(openControl(path, answer), /another sensor runs on this state directory/)
  t.same(await askControl(path), await answer(), 'the first is untouched')
  await control.close()
  t.notOk(existsSync(path))
})

t.test('what a killed sensor left behind is replaced', async (t) => {
  writeFileSync(path, '')
  const control = await openControl(path, answer)
  t.ok(await askControl(path))
  await control.close()
})

t.test('a sensor too busy to answer is still a sensor', async (t) => {
  const busy = createServer(() => {})
  busy.listen(path)
  await once(busy, 'listening')
  await t.rejects(openControl(path, answer), /another sensor/)
  busy.close()
})

t.test('an answer that fails, is none, or never ends', async (t) => {
  const failing = await openControl(path, async () => {
    throw new Error('on purpose')
  })
  t.equal(await askControl(path), undefined)
  await failing.close()
  const flood = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('x'.repeat(2 * 1024 * 1024))
  })
  flood.listen(path)
  await once(flood, 'listening')
  t.equal(await askControl(path), undefined)
  flood.close()
})

t.test('it closes though somebody holds on', async (t) => {
  const control = await openControl(path, () => new Promise(() => {}))
  const visitor = connect(path)
  await once(visitor, 'connect')
  await Promise.race([
    control.close(),
    new Promise((_, fail) => setTimeout(() => fail(new Error('it waits')), 2000).unref()),
  ])
  visitor.destroy()
  t.notOk(existsSync(path))
})

t.test('a state directory is made, or said to be unusable', async (t) => {
  const made = join(directory, 'deep', 'state')
  const control = await takeState(made, answer)
  t.equal(statSync(made).mode & 0o777, 0o700)
  await t.rejects(takeState(made, answer), /another sensor/)
  await control.close()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await t.rejects(takeState(file, answer), {
    message: /^state: cannot use .*file \(EEXIST\); choose/,
  })
  await t.rejects(takeState(join(file, 'x'), answer), {
    message: /cannot use .* \(ENOTDIR\)/,
  })
})
