import type { Identity } from '../protocol.ts'
import { checkRecord } from '../settings.ts'
import { checkConstant, checkText, type Render } from './text.ts'

export const MAX_RULES = 64
const MAX_START_BYTES = 1024

export type Rule = {
  readonly starts: Buffer
  /** Text is compared without regard to case (ASCII). */
  readonly folded: boolean
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
  /** Input is cut at LF. */
  readonly lines: boolean
}

/**
 * { greeting?: Bytes, rules?: [{ starts: string | {hex}, say?: Bytes, close?: boolean }],
 * otherwise?: Bytes, closeOtherwise?: boolean, lines?: boolean }, where Bytes = Part | Part[] and
 * Part = string | {hex} | {random: count} | {secret: label, bytes: count}
 * | {hostname: 'as-is' | 'lower' | 'upper'} | {date: 'rfc5322' | 'asctime'}. Throws TypeError naming the key.
 */
export function checkSettings(given: unknown, identity: Identity): Settings {
  const keys = ['greeting', 'rules', 'otherwise', 'closeOtherwise', 'lines']
  const bag = checkRecord(given, 'dialogue', keys)
  const text = (value: unknown, key: string): Render | undefined =>
    value === undefined ? undefined : checkText(value, key, identity)
  const { rules = [] } = bag
  if (!Array.isArray(rules) || rules.length > MAX_RULES)
    throw new TypeError(`rules: a list of at most ${MAX_RULES} is needed`)
  return {
    greeting: text(bag.greeting, 'greeting'),
    rules: rules.map((rule: unknown, i) => {
      const key = `rules[${i}]`
      const { starts, say, close } = checkRecord(rule, key, ['starts', 'say', 'close'])
      const prefix = checkConstant(starts, `${key}.starts`)
      if (prefix.length === 0 || prefix.length > MAX_START_BYTES)
        throw new TypeError(`${key}.starts: 1 to ${MAX_START_BYTES} bytes`)
      return {
        starts: prefix,
        folded: typeof starts === 'string',
        say: text(say, `${key}.say`),
        close: flag(close, `${key}.close`),
      }
    }),
    otherwise: {
      starts: Buffer.alloc(0),
      folded: false,
      say: text(bag.otherwise, 'otherwise'),
      close: flag(bag.closeOtherwise, 'closeOtherwise'),
    },
    lines: flag(bag.lines, 'lines'),
  }
}

function flag(given: unknown, key: string): boolean {
  if (given === undefined) return false
  if (typeof given !== 'boolean') throw new TypeError(`${key}: true or false is needed`)
  return given
}
