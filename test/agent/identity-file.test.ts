import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadIdentity } from '../../agent/identity-file.ts'
import { roster } from '../../rotation/roster.ts'

const NOW = Date.UTC(2026, 10, 24)
let drawn = 0
const random = (bytes: number): Buffer => Buffer.alloc(bytes, ++drawn)

function directory(t: { teardown(action: () => void): unknown }): string {
  const path = mkdtempSync(join(tmpdir(), 'cuttle-identity-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

t.test('kept over restarts, changed when another persona is wanted', async (t) => {
  const state = directory(t)
  const first = loadIdentity(state, 'auto', undefined, random, NOW)
  t.ok(roster.some(({ id }) => id === first.persona))
  t.same(loadIdentity(state, 'auto', undefined, random, NOW + 1), first)
  t.same(loadIdentity(state, first.persona, undefined, random, NOW + 1), first)
  const other = roster.find(({ id }) => id !== first.persona)?.id ?? ''
  const second = loadIdentity(state, other, undefined, random, NOW)
  t.equal(second.persona, other)
  t.notSame(second.seed, first.seed, 'another machine, not the same one in disguise')
  t.same(loadIdentity(state, 'auto', undefined, random, NOW), second)
  t.same(readdirSync(state), ['identity.json'])
  t.equal(statSync(join(state, 'identity.json')).mode & 0o777, 0o600)
  t.match(JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')), {
    since: '2026-11-24T00:00:00.000Z',
  })
})

t.test('auto: one that is met in the environment', async (t) => {
  const met = new Set<string>()
  for (let i = 0; i < 200; i++)
    met.add(loadIdentity(directory(t), 'auto', 'industrial', random, NOW).persona)
  t.ok(met.size > 0)
  for (const id of met)
    t.ok(roster.find((p) => p.id === id)?.environments.includes('industrial'), id)
})

t.test('a damaged file is no identity', async (t) => {
  const state = directory(t)
  const good = { seed: 'ab'.repeat(32), persona: 'dvr-jaws', extraPorts: [8080], since: '' }
  const put = (text: string): void => writeFileSync(join(state, 'identity.json'), text)
  put(JSON.stringify(good))
  t.match(loadIdentity(state, 'auto', undefined, random, NOW), {
    persona: 'dvr-jaws',
    extraPorts: [8080],
  })
  for (const bad of [
    '',
    '{"seed":',
    'null',
    JSON.stringify({ ...good, seed: 'xy' }),
    JSON.stringify({ ...good, persona: 'toaster' }),
    JSON.stringify({ ...good, extraPorts: [0] }),
    JSON.stringify({ ...good, extraPorts: Array(17).fill(1) }),
  ]) {
    put(bad)
    const fresh = loadIdentity(state, 'auto', undefined, random, NOW)
    t.not(Buffer.from(fresh.seed).toString('hex'), good.seed, bad)
    t.same(loadIdentity(state, 'auto', undefined, random, NOW), fresh, 'and the new one stays')
  }
})

t.test('no such persona', async (t) => {
  const state = directory(t)
  t.throws(
    () => loadIdentity(state, 'toaster', undefined, random, NOW),
    /no 'toaster'; use auto or an id of/,
  )
  t.same(readdirSync(state), [])
})
