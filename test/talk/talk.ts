/**
 * `.talk` files: scripted conversations, one line a step.
 *
 *     # a comment
 *     settings {"version": "7.0.15"}      what protocol.service() gets
 *     hostname db01                       identity.hostname        port 6379   session.local.port
 *     in turn                             the visitor never types ahead: only cut inside his turns
 *     greeted                             the first bytes are not this protocol's: it came by its port
 *     > PING\r\n                          the visitor sends these bytes (\r \n \t \e \0 \\ \xHH)
 *     >hex 12 01 00 2f                    the same in hex          >times 4096 A   the same, repeated
 *     < +PONG\r\n                         the server answers these bytes       <hex …   the same in hex
 *     < /\+OK\r\n/                        or what this pattern matches (latin1, flags `sy`)
 *     ! {"kind":"command","text":"PING"}  an observation with at least these fields
 *     close                               the server hangs up here, not the visitor
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Step = { readonly says: Buffer } | { readonly hears: Buffer | RegExp }

export type Talk = {
  readonly name: string
  readonly settings: unknown
  readonly hostname: string | undefined
  readonly port: number | undefined
  readonly inTurn: boolean
  readonly greeted: boolean
  readonly closes: boolean
  readonly steps: readonly Step[]
  readonly observations: readonly Record<string, unknown>[]
}

export function talks(directory: string): Talk[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.talk'))
    .sort()
    .map((name) => parseTalk(name, readFileSync(join(directory, name), 'utf8')))
}

/** What the visitor sends, turn by turn: a turn ends where the server is heard. */
export function turns(talk: Talk): Buffer[] {
  const list: Buffer[][] = []
  let speaking = false
  for (const step of talk.steps) {
    if ('says' in step) {
      if (speaking) list.at(-1)?.push(step.says)
      else list.push([step.says])
    }
    speaking = 'says' in step
  }
  return list.map((parts) => Buffer.concat(parts))
}

export function parseTalk(name: string, source: string): Talk {
  const steps: Step[] = []
  const observations: Record<string, unknown>[] = []
  const words = new Map<string, string>()
  source.split('\n').forEach((line, index) => {
    const text = line.replace(/\r$/, '')
    const at = `${name}:${index + 1}`
    if (text.trim() === '' || text.startsWith('#')) return
    const [head = '', rest] = split(text)
    if (head === '>') steps.push({ says: unescaped(rest, at) })
    else if (head === '>hex') steps.push({ says: hex(rest) })
    else if (head === '>times') steps.push({ says: repeated(rest, at) })
    else if (head === '<hex') steps.push({ hears: hex(rest) })
    else if (head === '<') steps.push({ hears: expected(rest, at) })
    else if (head === '!') observations.push(JSON.parse(rest) as Record<string, unknown>)
    else if (['settings', 'hostname', 'port', 'in', 'greeted', 'close'].includes(head))
      words.set(head, rest)
    else throw new Error(`${at}: not a talk line: ${text}`)
  })
  const settings = words.get('settings')
  const port = words.get('port')
  return {
    name,
    settings: settings === undefined ? undefined : JSON.parse(settings),
    hostname: words.get('hostname'),
    port: port === undefined ? undefined : Number(port),
    inTurn: words.get('in') === 'turn',
    greeted: words.has('greeted'),
    closes: words.has('close'),
    steps,
    observations,
  }
}

function split(line: string): [string, string] {
  const space = line.indexOf(' ')
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)]
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

function repeated(rest: string, at: string): Buffer {
  const [count, text] = split(rest)
  const part = unescaped(text, at)
  return Buffer.alloc(Number(count) * part.length, part)
}

function expected(rest: string, at: string): Buffer | RegExp {
  if (!rest.startsWith('/')) return unescaped(rest, at)
  if (rest.length < 2 || !rest.endsWith('/')) throw new Error(`${at}: the pattern has no end`)
  return new RegExp(rest.slice(1, -1), 'sy')
}

const ESCAPES: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9, e: 27, '0': 0, '\\': 92 }

function unescaped(text: string, at: string): Buffer {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      const point = String.fromCodePoint(text.codePointAt(i) ?? 0)
      bytes.push(...Buffer.from(point, 'utf8'))
      i += point.length - 1
      continue
    }
    const letter = text[++i] ?? ''
    const code = letter === 'x' ? Number.parseInt(text.slice(i + 1, i + 3), 16) : ESCAPES[letter]
    if (code === undefined || Number.isNaN(code)) throw new Error(`${at}: bad escape \\${letter}`)
    if (letter === 'x') i += 2
    bytes.push(code)
  }
  return Buffer.from(bytes)
}
