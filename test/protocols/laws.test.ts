/**
 * What holds for every protocol and every talk, also for the ones not written yet:
 * a folder protocols/<id>/ is judged by the talks in test/talks/<id>/.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { detect, MAX_HEAD_BYTES } from '../../protocols/detect.ts'
import { http } from '../../protocols/http/index.ts'
import { protocols as listed } from '../../protocols/index.ts'
import type { Protocol, Verdict } from '../../protocols/protocol.ts'
import { identity, serveVisit } from '../talk/session.ts'
import { type Talk, talks, turns } from '../talk/talk.ts'

const room = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Longer talks are cut at so many places, evenly. */
const MAX_CUTS = 200

const MUTATIONS = 40

const STREAMS = room('../../../shared/corpus/streams/client-streams.jsonl')
type Stream = {
  readonly file: string
  readonly protocol: string
  readonly server_port: number
  readonly client_first: boolean
  readonly client_messages: readonly string[]
}
/**
 * The corpus is labelled by what a capture is about, not by what each stream is: an HTTP probe of a
 * database port is labelled as the database. So HTTP is judged by a line only HTTP has.
 */
const TRUTH: Readonly<Record<string, (stream: Stream, head: string) => boolean>> = {
  http: (_, head) =>
    /^[!-~]+ [^\n]*HTTP\/\d/.test(head) || /^(GET|POST|HEAD) \/[^\n]*(\n|$)/.test(head),
  redis: ({ protocol, server_port }) => protocol === 'redis' || server_port === 6379,
  mssql: ({ protocol, server_port }) => protocol === 'mssql-tds' || server_port === 1433,
}

const protocols = await all()
const library = new Map(
  protocols.map((protocol): [Protocol, Talk[]] => [protocol, talksOf(protocol.id)]),
)

t.test(
  'every protocol has a talk, or a test of its own where a talk cannot be written',
  async (t) => {
    for (const [protocol, list] of library)
      t.ok(list.length > 0 || existsSync(room(`./${protocol.id}`)), protocol.id)
  },
)

t.test('cut law: a visitor who leaves at any byte breaks nothing', async (t) => {
  for (const [protocol, list] of library)
    for (const talk of list) {
      const said = Buffer.concat(turns(talk))
      const who = identity(talk.hostname)
      const service = protocol.service(talk.settings, who)
      const step = Math.max(1, Math.ceil(said.length / MAX_CUTS))
      for (let cut = 0; cut < said.length; cut += step)
        await serveVisit(service, {
          pieces: cut === 0 ? [] : [said.subarray(0, cut)],
          identity: who,
          port: talk.port ?? protocol.ports[0] ?? 4242,
        })
      t.pass(`${protocol.id}: ${talk.name}`)
    }
})

t.test('mutation law: garbage is Malformed at worst', async (t) => {
  const random = numbers(7)
  for (const [protocol, list] of library)
    for (const talk of list) {
      const said = Buffer.concat(turns(talk)).subarray(0, 4096)
      const who = identity(talk.hostname)
      const service = protocol.service(talk.settings, who)
      for (let i = 0; i < MUTATIONS; i++) {
        const bytes = Buffer.from(said)
        for (let n = 0; n <= i % 5; n++) bytes[random(bytes.length)] = random(256)
        await serveVisit(service, { pieces: [bytes], identity: who })
      }
      t.pass(`${protocol.id}: ${talk.name}`)
    }
})

t.test('detect law: more … more, then one answer for ever', async (t) => {
  for (const protocol of protocols)
    for (const [owner, list] of library)
      for (const talk of list) {
        const said = Buffer.concat(turns(talk)).subarray(0, MAX_HEAD_BYTES)
        const verdicts: Verdict[] = []
        for (let i = 1; i <= said.length; i++) verdicts.push(protocol.detect(said.subarray(0, i)))
        const settled = verdicts.findIndex((verdict) => verdict !== 'more')
        const rest = settled < 0 ? [] : verdicts.slice(settled)
        const changed = rest.findIndex((verdict) => verdict !== rest[0])
        t.equal(changed, -1, `${protocol.id} about ${owner.id}: ${talk.name}`)
      }
})

t.test('cross law: yes to its own talks, to no other', async (t) => {
  for (const [owner, list] of library) {
    if (owner.greets) continue
    for (const talk of list.filter((talk) => !talk.greeted)) {
      const said = Buffer.concat(turns(talk)).subarray(0, MAX_HEAD_BYTES)
      for (const protocol of protocols.filter(({ transport }) => transport === owner.transport)) {
        const verdict = protocol.detect(said)
        if (protocol === owner) t.equal(verdict, 'yes', `${owner.id}: ${talk.name}`)
        else t.not(verdict, 'yes', `${protocol.id} about ${owner.id}: ${talk.name}`)
      }
      const found = detect(
        protocols.filter(({ transport }) => transport === owner.transport),
        4242,
        said,
      )
      t.equal(found, owner, `${owner.id} on an odd port: ${talk.name}`)
    }
  }
})

t.test('corpus law: real visitors are taken by their own protocol or by none', async (t) => {
  if (!existsSync(STREAMS)) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  let judged = 0
  const taken = new Map<string, number>()
  for (const line of readFileSync(STREAMS, 'utf8').trim().split('\n')) {
    const stream = JSON.parse(line) as Stream
    const [first] = stream.client_messages
    if (!stream.client_first || first === undefined) continue
    const head = Buffer.from(first, 'hex').subarray(0, MAX_HEAD_BYTES)
    for (const protocol of protocols) {
      const truth = TRUTH[protocol.id]
      if (truth === undefined || protocol.detect(head) !== 'yes') continue
      taken.set(protocol.id, (taken.get(protocol.id) ?? 0) + 1)
      if (!truth(stream, head.toString('latin1')))
        t.fail(`${protocol.id} takes ${stream.protocol}: ${stream.file}`)
    }
    if (/^[A-Z]+ \/\S* HTTP\/1\.[01]\r\n/.test(head.toString('latin1')))
      t.equal(detect(protocols, 4242, head), http, stream.file)
    judged++
  }
  t.comment(`${judged} streams`, Object.fromEntries(taken))
  for (const id of Object.keys(TRUTH)) t.ok((taken.get(id) ?? 0) > 0, `${id} is found`)
})

/** The house's list; and every folder that is not in it yet. */
async function all(): Promise<Protocol[]> {
  const list = [...listed]
  for (const { name } of readdirSync(room('../../protocols'), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory(),
  )) {
    if (list.some(({ id }) => id === name)) continue
    if (!existsSync(room(`../../protocols/${name}/index.ts`))) continue
    const card = (await import(`../../protocols/${name}/index.ts`)) as Record<string, unknown>
    for (const value of Object.values(card)) if (isProtocol(value)) list.push(value)
  }
  return list
}

function isProtocol(value: unknown): value is Protocol {
  if (typeof value !== 'object' || value === null || !('transport' in value)) return false
  // Datagrams have laws of their own: datagrams.test.ts.
  return value.transport === 'tcp' && 'detect' in value && 'service' in value
}

function talksOf(id: string): Talk[] {
  const directory = room(`../talks/${id}`)
  return existsSync(directory) ? talks(directory) : []
}

/** Whole numbers below a bound, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
