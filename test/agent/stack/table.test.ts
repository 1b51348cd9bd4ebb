import t from 'tap'
import { Connection, type Owner } from '../../../agent/stack/connection.ts'
import { PERSONA } from '../../../agent/stack/doors.ts'
import { Host } from '../../../agent/stack/host.ts'
import { Table } from '../../../agent/stack/table.ts'
import { LOCAL, LOCAL_MAC, persona, seeded } from './world.ts'

const owner: Owner = {
  touch: () => undefined,
  abort: () => undefined,
  settle: () => undefined,
  flowId: () => '',
  signature: () => '',
  scanner: () => '',
}
const host = new Host(LOCAL, undefined, persona(), LOCAL_MAC, 0)
let serial = 0
const connection = (remote: number, port: number, hash: number, at = 0): Connection =>
  new Connection(owner, host, remote, undefined, 0, port, 80, hash, serial++, at, PERSONA, 0)

t.test('against a map, with hashes that collide', async (t) => {
  const random = seeded(3)
  const table = new Table(200)
  const model = new Map<string, Connection>()
  for (let step = 0; step < 20_000; step++) {
    const remote = random(20) - 10
    const port = random(20)
    const hash = (remote * 7) ^ (port & 3)
    const key = `${remote} ${port}`
    const found = table.find(hash, remote, port, LOCAL, 80)
    if (found !== model.get(key)) t.fail(`step ${step}`)
    if (table.find(hash, remote, port, LOCAL, 81) !== undefined) t.fail('another port')
    if (table.find(hash, remote, port, LOCAL + 1, 80) !== undefined) t.fail('another address')
    if (found !== undefined) {
      table.remove(found)
      // Twice is once.
      table.remove(found)
      model.delete(key)
    } else if (!table.full) {
      const c = connection(remote, port, hash)
      table.add(c)
      model.set(key, c)
    }
    if (table.size !== model.size) t.fail(`step ${step}: size`)
  }
  const seen: Connection[] = []
  table.each((c) => {
    seen.push(c)
    table.remove(c)
  })
  t.equal(new Set(seen).size, model.size)
  t.equal(table.size, 0)
  t.equal(table.leastValuable(), undefined)
})

t.test('what is given up: the ended, then the silent, then the longest idle', async (t) => {
  const table = new Table(4)
  const talking = connection(1, 1, 1, 10)
  talking.bytesIn = 1
  const recent = connection(2, 2, 2, 500)
  const silent = connection(3, 3, 3, 400)
  const ended = connection(4, 4, 70_000, 900)
  ended.ending = 'fin'
  for (const c of [talking, recent, silent, ended]) table.add(c)
  t.ok(table.full)
  for (const expected of [ended, silent, recent, talking]) {
    const c = table.leastValuable()
    t.equal(c, expected)
    if (c !== undefined) table.remove(c)
  }
})
