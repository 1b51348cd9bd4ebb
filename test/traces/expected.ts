/** What the captures of ../shared/corpus hold according to those who published them, read in place. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { SensorEvent } from '../../agent/event.ts'

export const CORPUS = fileURLToPath(new URL('../../../shared/corpus', import.meta.url))

export type Fact = {
  readonly text: string
  readonly holds: (events: readonly SensorEvent[]) => boolean
}
export type Expected = { readonly file: string; readonly facts: readonly Fact[] }
type Capture = {
  readonly file: string
  readonly protocol: string
  readonly expected: readonly string[]
  readonly facts: string
}
type Row = Readonly<Record<string, string>>

/** In the tree the paths of the manifest have no 'dev' part. */
const place = (path: string): string => path.replace('/dev/', '/')

export function expectations(): Expected[] {
  const { captures } = JSON.parse(readFileSync(join(CORPUS, 'manifest.json'), 'utf8')) as {
    captures: readonly Capture[]
  }
  const live = ['4.2', '5.0', '7.1'].map((version) => `freetds-live/freetds-tds${version}-sa`)
  return [
    ...captures.map((capture) => ({ file: place(capture.file), facts: unique(factsOf(capture)) })),
    ...live.map((name) => ({ file: `${name}.pcap`, facts: [loginOf(`${name}.json`)] })),
  ].filter(({ file, facts }) => facts.length > 0 && existsSync(join(CORPUS, file)))
}

/** The text of a file of the corpus. */
const text = (path: string): string => {
  const at = join(CORPUS, place(path))
  return existsSync(at) ? readFileSync(at, 'utf8') : ''
}

function factsOf(capture: Capture): Fact[] {
  const said = capture.expected.flatMap((path) => {
    if (/\/(http|ssh|redis)\.log(\.cut)?$/.test(path)) return rows(text(path)).flatMap(ofRow)
    if (path.endsWith('http.log.json')) return jsonRows(text(path)).flatMap(ofRow)
    if (/\/redis\.[a-z]+\/output$/.test(path.replace('scripts.base.protocols.', '')))
      return ofRedisOutput(text(path))
    if (path.endsWith('.python.json')) return ofJa4(text(path))
    if (path.startsWith('arkime/') && path.endsWith('.test')) return ofArkime(text(path))
    if (path.endsWith('test.yaml')) return ofSuricata(text(path))
    if (path.endsWith('.tshark.txt')) return ofTshark(text(path))
    return []
  })
  const [, user, password] = /user (\w+)(?: \/|,) password "?(\w+)"?/.exec(capture.facts) ?? []
  if (user !== undefined && password !== undefined) said.push(credential(user, password))
  if (capture.protocol === 'http-attack') said.push(cve('CVE-2021-44228'))
  return said
}

const unique = (facts: readonly Fact[]): Fact[] => [
  ...new Map(facts.map((fact) => [fact.text, fact])).values(),
]

/** Zeek's logs: tab-separated under '#fields', or what zeek-cut -m left of them. */
function rows(log: string): Row[] {
  let names: string[] = []
  const out: Row[] = []
  for (const line of log.split('\n')) {
    if (line.startsWith('#fields\t')) names = line.split('\t').slice(1)
    else if (line === '' || line.startsWith('#')) continue
    else if (names.length === 0) names = line.split('\t')
    else out.push(Object.fromEntries(line.split('\t').map((cell, n) => [names[n] ?? '', cell])))
  }
  return out
}

const jsonRows = (log: string): Row[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line.replace('XXXXXXXXXX.XXXXXX', '0')) as Row)

const given = (cell: string | undefined): cell is string =>
  cell !== undefined && !['', '-', '(empty)', '<hidden>', '<empty>'].includes(cell)

function ofRow(row: Row): Fact[] {
  const { method, uri, user_agent: agent, username, password, client } = row
  const name = row['cmd.name']
  return [
    ...(given(method) && given(uri) ? [request(method, uri)] : []),
    ...(given(agent) ? [userAgent(agent)] : []),
    ...(given(username) ? [credential(username, given(password) ? password : undefined)] : []),
    ...(given(client) ? [ident(client)] : []),
    ...(given(name) ? [command(name, [row['cmd.key'], row['cmd.value']].filter(given))] : []),
  ]
}

function ofRedisOutput(output: string): Fact[] {
  const user = /username: (.+)/.exec(output)?.[1]
  const password = /password: (.+)/.exec(output)?.[1]
  const sets = [...output.matchAll(/^Key: (.*) Value: (.*)$/gm)]
  return [
    ...(user !== undefined && password !== undefined ? [credential(user, password)] : []),
    ...sets.map(([, key = '', value = '']) => command('SET', [key, value])),
  ]
}

function ofJa4(json: string): Fact[] {
  const streams = JSON.parse(json) as { ssh_extras?: Record<string, string> }[]
  return streams.flatMap(({ ssh_extras: ssh = {} }) => [
    ...(given(ssh.hassh) ? [hassh(ssh.hassh)] : []),
    ...(given(ssh.ssh_protocol_client) ? [ident(ssh.ssh_protocol_client)] : []),
  ])
}

type ArkimeBody = {
  readonly user?: readonly string[]
  readonly http?: Readonly<Record<'method' | 'path' | 'useragent' | 'user', readonly string[]>>
  readonly ssh?: { readonly hassh?: readonly string[] }
  readonly protocol?: readonly string[]
}

function ofArkime(json: string): Fact[] {
  const { sessions3 } = JSON.parse(json) as { sessions3?: readonly { body: ArkimeBody }[] }
  return (sessions3 ?? []).flatMap(({ body: { user, http, ssh, protocol = [] } }) => [
    ...(http?.path ?? []).map((path) =>
      request(http?.method?.length === 1 ? http.method[0] : undefined, path),
    ),
    ...(http?.useragent ?? []).map(userAgent),
    ...(http?.user ?? []).map((name) => credential(name)),
    ...(ssh?.hassh ?? []).map(hassh),
    ...(protocol.includes('tds') ? (user ?? []) : []).map((name) => credential(name)),
  ])
}

function ofSuricata(yaml: string): Fact[] {
  const { checks } = parse(yaml) as {
    checks?: readonly { filter?: { count?: number; match?: Record<string, unknown> } }[]
  }
  return (checks ?? []).flatMap(({ filter }) => {
    const match = filter?.match ?? {}
    const said = (key: string): string | undefined =>
      (filter?.count ?? 0) > 0 && typeof match[key] === 'string' ? match[key] : undefined
    const url = said('http.url')
    const method = said('http.http_method')
    const agent = said('http.http_user_agent')
    const hash = said('ssh.client.hassh.hash')
    const software = said('ssh.client.software_version')
    return [
      ...(url !== undefined || method !== undefined ? [request(method, url)] : []),
      ...(agent === undefined ? [] : [userAgent(agent)]),
      ...(hash === undefined ? [] : [hassh(hash)]),
      ...(software === undefined ? [] : [ident(software)]),
    ]
  })
}

const ofTshark = (lines: string): Fact[] => [
  ...[...lines.matchAll(/Client: Protocol \((SSH-[^)]+)\)/g)].map(([, line = '']) => ident(line)),
  ...[...lines.matchAll(/ HTTP \d+ ([A-Z]+) (\S+) HTTP\/1\.[01]/g)].map(([, verb, uri]) =>
    request(verb, uri),
  ),
]

function loginOf(path: string): Fact {
  const { user, password } = JSON.parse(text(path)) as { user: string; password: string }
  return credential(user, password)
}

/** Zeek logs a target decoded, and bytes that cannot be printed as \xNN. */
function spellings(target: string): string[] {
  const bytes = Buffer.from(target, 'latin1')
  const hex = (text: string): string =>
    text.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
  const decoded = target.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return [
    target,
    bytes.toString(),
    decoded,
    Buffer.from(decoded, 'latin1').toString(),
    hex(target),
    hex(decoded),
  ]
}

/** Arkime's path has no query. */
const request = (method: string | undefined, target: string | undefined): Fact => ({
  text: `request ${method ?? '*'} ${target ?? '*'}`,
  holds: (events) =>
    events.some(
      ({ http, url }) =>
        http !== undefined &&
        (method === undefined || http.request.method === method) &&
        (target === undefined ||
          spellings(url?.original ?? '').some(
            (said) => said === target || said.split('?')[0] === target,
          )),
    ),
})

const userAgent = (agent: string): Fact => ({
  text: `user agent ${agent}`,
  holds: (events) => events.some(({ user_agent: said }) => said?.original === agent),
})

const credential = (user: string, secret?: string): Fact => ({
  text: `credential ${user}${secret === undefined ? '' : ` / ${secret}`}`,
  holds: (events) =>
    events.some(
      (event) =>
        event.user?.name === user &&
        (secret === undefined || event.cuttle.credential?.secret === secret),
    ),
})

const ident = (software: string): Fact => ({
  text: `SSH client ${software}`,
  holds: (events) => events.some(({ cuttle }) => cuttle.client?.includes(software) === true),
})

const hassh = (hash: string): Fact => ({
  text: `HASSH ${hash}`,
  holds: (events) => events.some(({ cuttle }) => cuttle.hassh === hash),
})

const bare = (text: string): string => text.replace(/[\\"']/g, '')

/** AUTH is told as a credential. */
const command = (name: string, words: readonly string[]): Fact => ({
  text: `command ${[name, ...words].join(' ')}`,
  holds: (events) =>
    events.some(({ process, cuttle }) => {
      if (name === 'AUTH' && cuttle.credential !== undefined) return true
      const line = process?.command_line ?? ''
      return (
        line.toUpperCase().startsWith(name.toUpperCase()) &&
        words.every((word) => bare(line).includes(bare(word)))
      )
    }),
})

const cve = (id: string): Fact => ({
  text: `exploit ${id}`,
  holds: (events) => events.some(({ vulnerability }) => vulnerability?.id.includes(id) === true),
})
