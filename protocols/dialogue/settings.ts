import type { Identity } from '../protocol.ts'
import { checkLine, checkRecord } from '../settings.ts'
import { checkConstant, checkText, type Render } from './text.ts'

export const MAX_RULES = 64
const MAX_START_BYTES = 1024
const MAX_STATE_CHARACTERS = 32
/** Where every session begins. */
export const START = 'start'
/** In `Rule.starts`: any byte. */
export const ANY = -1

export type Rule = {
  /** Bytes, or ANY. */
  readonly starts: readonly number[]
  /** Text is compared without regard to case (ASCII). */
  readonly folded: boolean
  /** The state it belongs to; undefined: all. */
  readonly when: string | undefined
  /** The state after it; undefined: the same. */
  readonly next: string | undefined
  /** What stands behind `starts` is a user's name, or a password that is refused. */
  readonly credential: 'user' | 'password' | undefined
  readonly say: Render | undefined
  readonly close: boolean
}

export type Settings = {
  /** Absent: the visitor speaks first. */
  readonly greeting: Render | undefined
  /** The first that fits answers. */
  readonly rules: readonly Rule[]
  /** What anything else gets: a rule that everything starts with. */
  readonly otherwise: Rule
  /** Input is cut at LF, or behind an empty line. */
  readonly lines: boolean | 'heads'
  /** States in which the visitor types lines at a telnet terminal, which echoes what is no password. */
  readonly terminal: readonly string[]
}

const RULE_KEYS = ['starts', 'when', 'next', 'credential', 'say', 'close']

/**
 * { greeting?: Bytes, rules?: [{ starts?: string | {hex, `??` is any byte}, when?: state, next?: state,
 * credential?: 'user' | 'password', say?: Bytes, close?: boolean }], otherwise?: Bytes, closeOtherwise?: boolean,
 * lines?: boolean | 'heads', terminal?: state[] }. `starts` may be absent only with `when`. Bytes = Part | Part[] and
 * Part = string | {hex} | {random: count} | {secret: label, bytes: count} | {hostname: 'as-is' | 'lower' | 'upper'}
 * | {date: 'rfc5322' | 'asctime'} | {echo: {at, bytes}}: of the message, zeros behind its end | {field: name}: of
 * its headers. Throws TypeError naming the key.
 */
export function checkSettings(given: unknown, identity: Identity): Settings {
  const keys = ['greeting', 'rules', 'otherwise', 'closeOtherwise', 'lines', 'terminal']
  const bag = checkRecord(given, 'dialogue', keys)
  const { rules = [], lines } = bag
  if (!Array.isArray(rules) || rules.length > MAX_RULES)
    throw new TypeError(`rules: a list of at most ${MAX_RULES} is needed`)
  const checked = rules.map((rule: unknown, i) => checkRule(rule, `rules[${i}]`, identity))
  const states = new Set([START, ...checked.map(({ next }) => next)])
  const lost = checked.findIndex(({ when }) => when !== undefined && !states.has(when))
  if (lost >= 0) throw new TypeError(`rules[${lost}].when: no rule leads there`)
  return {
    greeting: text(bag.greeting, 'greeting', identity),
    rules: checked,
    otherwise: {
      ...{ starts: [], folded: false, when: undefined, next: undefined, credential: undefined },
      say: text(bag.otherwise, 'otherwise', identity),
      close: flag(bag.closeOtherwise, 'closeOtherwise'),
    },
    lines: lines === 'heads' ? lines : flag(lines, 'lines'),
    terminal: checkTerminal(bag.terminal, checked, states),
  }
}

function checkRule(given: unknown, key: string, identity: Identity): Rule {
  const rule = checkRecord(given, key, RULE_KEYS)
  const { starts, credential, say, close } = rule
  const state = (name: 'when' | 'next'): string | undefined =>
    checkLine(rule[name], `${key}.${name}`, MAX_STATE_CHARACTERS)
  if (credential !== undefined && credential !== 'user' && credential !== 'password')
    throw new TypeError(`${key}.credential: user or password is needed`)
  const when = state('when')
  return {
    starts: starts === undefined && when !== undefined ? [] : checkStart(starts, `${key}.starts`),
    folded: typeof starts === 'string',
    ...{ when, next: state('next'), credential },
    say: text(say, `${key}.say`, identity),
    close: flag(close, `${key}.close`),
  }
}

function checkStart(given: unknown, key: string): number[] {
  const hex = (given as { readonly hex?: unknown } | null | undefined)?.hex
  const pairs = typeof hex === 'string' && hex.length % 2 === 0 ? (hex.match(/../g) ?? []) : []
  const known = pairs.map((pair) => (pair === '??' ? '00' : pair)).join('')
  const bytes = [...checkConstant(pairs.length > 0 ? { ...Object(given), hex: known } : given, key)]
  if (bytes.length === 0 || bytes.length > MAX_START_BYTES)
    throw new TypeError(`${key}: 1 to ${MAX_START_BYTES} bytes`)
  return bytes.map((byte, i) => (pairs[i] === '??' ? ANY : byte))
}

/** A terminal's visitor stays at it: what he has typed ahead waits there. */
function checkTerminal(
  given: unknown = [],
  rules: readonly Rule[],
  states: ReadonlySet<unknown>,
): readonly string[] {
  if (!Array.isArray(given) || !given.every((name) => states.has(name)))
    throw new TypeError('terminal: a list of states is needed')
  const at = (name: string | undefined): boolean => given.includes(name)
  const left = rules.findIndex(
    ({ when, next }) =>
      (when === undefined ? given.length > 0 : at(when)) && next !== undefined && !at(next),
  )
  if (left >= 0) throw new TypeError(`rules[${left}].next: not away from the terminal`)
  return given
}

const text = (given: unknown, key: string, identity: Identity): Render | undefined =>
  given === undefined ? undefined : checkText(given, key, identity)

function flag(given: unknown, key: string): boolean {
  if (given === undefined) return false
  if (typeof given !== 'boolean') throw new TypeError(`${key}: true or false is needed`)
  return given
}
