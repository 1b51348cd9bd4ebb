/** Runs `.talk` files (talk.ts has the format): in turn, whole, byte by byte and at seeded cuts. */
import type { Test } from 'tap'
import type { Protocol } from '../../protocols/protocol.ts'
import { type Account, identity, serveVisit } from './session.ts'
import { type Talk, talks, turns } from './talk.ts'

/** The largest piece delivered at once: about what a receive window holds. */
const PIECE_BYTES = 32 * 1024
/** How much of a wrong reply a failed test shows. */
const SHOWN = 400
const CUT_SEEDS = [1, 2, 3, 4, 5]
/** Longest talk that is also run byte by byte. */
const SLOW_BYTES = 16 * 1024

/** One subtest for each talk of the directory. */
export function runTalks(t: Test, protocol: Protocol, directory: string): void {
  for (const talk of talks(directory))
    t.test(`${protocol.id}: ${talk.name}`, (t) => runTalk(t, protocol, talk))
}

export async function runTalk(t: Test, protocol: Protocol, talk: Talk): Promise<void> {
  const said = turns(talk)
  const inTurn = said.flatMap((turn) => split(turn, PIECE_BYTES))
  const account = await visit(protocol, talk, inTurn)
  t.strictSame(faults(talk, account), [], 'in turn')
  if (inTurn.length === said.length) t.strictSame(account.marks, marks(talk, account), 'answers')

  const bases = talk.inTurn ? said : [Buffer.concat(said)]
  const bytes = bases.reduce((sum, base) => sum + base.length, 0)
  const ways: [string, Buffer[]][] = [['whole', bases.flatMap((base) => split(base, PIECE_BYTES))]]
  if (bytes <= SLOW_BYTES) ways.push(['byte by byte', bases.flatMap((base) => split(base, 1))])
  else t.comment(`${talk.name}: ${bytes} bytes, not run byte by byte`)
  for (const seed of CUT_SEEDS)
    ways.push([`cuts ${seed}`, bases.flatMap((base) => cut(base, random(seed)))])
  for (const [way, pieces] of ways) {
    const other = await visit(protocol, talk, pieces)
    t.strictSame(faults(talk, other), [], way)
    t.strictSame(other.observations, account.observations, `${way}: the same observations`)
  }
}

const visit = (protocol: Protocol, talk: Talk, pieces: readonly Buffer[]): Promise<Account> => {
  const who = identity(talk.hostname)
  return serveVisit(protocol.service(talk.settings, who), {
    pieces,
    identity: who,
    port: talk.port ?? protocol.ports[0] ?? 4242,
    stays: talk.closes,
  })
}

/** What went otherwise than the talk says. */
export function faults(talk: Talk, account: Account): unknown[] {
  const list: unknown[] = []
  const text = account.replies.toString('latin1')
  let at: number | undefined = 0
  for (const step of talk.steps) {
    if ('says' in step) continue
    const end = match(text, at, step.hears)
    if (end === undefined) {
      list.push({ at, expected: show(step.hears), heard: text.slice(at, at + SHOWN) })
      at = undefined
      break
    }
    at = end
  }
  if (at !== undefined && at < text.length)
    list.push({ at, unexpected: text.slice(at, at + SHOWN) })
  if (talk.closes && !account.closed) list.push('the server does not hang up')
  const { observations } = account
  for (let i = 0; i < Math.max(talk.observations.length, observations.length); i++)
    if (talk.observations[i] === undefined || !holds(observations[i], talk.observations[i]))
      list.push({ i, expected: talk.observations[i], seen: observations[i] })
  return list
}

/** How many bytes of reply there should be before each turn: an answer comes in its turn, not at some time. */
function marks(talk: Talk, account: Account): number[] {
  const text = account.replies.toString('latin1')
  const list: number[] = []
  let at = 0
  let speaking = false
  for (const step of talk.steps) {
    if ('says' in step) {
      if (!speaking) list.push(at)
    } else at = match(text, at, step.hears) ?? at
    speaking = 'says' in step
  }
  return list.slice(0, account.marks.length)
}

/** Does `value` have at least what `pattern` has? */
function holds(value: unknown, pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return value === pattern
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(pattern).every(([key, part]) =>
    holds((value as Record<string, unknown>)[key], part),
  )
}

function match(text: string, at: number, hears: Buffer | RegExp): number | undefined {
  if (!(hears instanceof RegExp)) {
    const literal = hears.toString('latin1')
    return text.startsWith(literal, at) ? at + literal.length : undefined
  }
  hears.lastIndex = at
  return hears.test(text) ? hears.lastIndex : undefined
}

const show = (hears: Buffer | RegExp): string =>
  hears instanceof RegExp ? String(hears) : hears.toString('latin1')

function split(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

function cut(bytes: Buffer, random: () => number): Buffer[] {
  const longest = 1 + Math.floor(random() * Math.min(PIECE_BYTES, Math.max(1, bytes.length)))
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * longest)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** Numerical Recipes' linear congruential generator: 0 ≤ x < 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
