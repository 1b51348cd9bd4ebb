/** Reads a message, says what the script has for it. */
import { preview } from '../generic/preview.ts'
import type { Service } from '../protocol.ts'
import { type Frame, Malformed } from '../reader.ts'
import type { Rule, Settings } from './settings.ts'

/** Messages of one session; after them the service hangs up. */
export const MAX_MESSAGES = 1000
/** RFC 5321 4.5.3.1 and RFC 959 need far less. */
export const MAX_LINE_BYTES = 4096
/** Bytes of a message that is no line that are reported. */
const MAX_REPORTED_BYTES = 256
const LF = 0x0a

export function server(settings: Settings): Service {
  const { greeting, rules, otherwise, lines } = settings
  const frame = lines ? frameLine : frameArrival(rules)
  return async (session) => {
    if (greeting !== undefined) await session.write(greeting())
    for (let count = 0; count < MAX_MESSAGES; count++) {
      const message = await session.reader.message(frame)
      if (message === undefined) return
      const text = lines ? lineText(message) : preview(message, MAX_REPORTED_BYTES)
      if (text !== '') session.report({ kind: 'command', text })
      const rule = rules.find((rule) => fits(rule, message) === 'yes') ?? otherwise
      if (rule.say !== undefined) await session.write(rule.say())
      if (rule.close) return
    }
  }
}

const frameLine: Frame = (head) => {
  const end = head.indexOf(LF)
  if (end >= MAX_LINE_BYTES || (end < 0 && head.length >= MAX_LINE_BYTES))
    throw new Malformed('line too long')
  return end < 0 ? undefined : end + 1
}

/** What has arrived is a message, unless it may yet become one that a rule waits for. */
const frameArrival =
  (rules: readonly Rule[]): Frame =>
  (head) => {
    const first = rules.find((rule) => fits(rule, head) !== 'no')
    return first !== undefined && fits(first, head) === 'more' ? undefined : head.length
  }

function lineText(line: Buffer): string {
  const end = line.length - (line.at(-2) === 0x0d ? 2 : 1)
  return line.toString('latin1', 0, end)
}

function fits({ starts, folded }: Rule, message: Uint8Array): 'yes' | 'no' | 'more' {
  const length = Math.min(starts.length, message.length)
  for (let i = 0; i < length; i++) {
    const [a = 0, b = 0] = [starts[i], message[i]]
    if (a !== b && !(folded && upper(a) === upper(b))) return 'no'
  }
  return length === starts.length ? 'yes' : 'more'
}

const upper = (byte: number): number => (byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte)
