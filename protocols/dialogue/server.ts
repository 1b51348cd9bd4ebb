/** Reads a message, says what the script has for it. */
import { preview } from '../generic/preview.ts'
import type { Service, Session } from '../protocol.ts'
import { type Frame, Malformed } from '../reader.ts'
import { Terminal } from '../shell/terminal.ts'
import { Decoder, encode } from '../telnet/codec.ts'
import { ANY, type Rule, type Settings, START } from './settings.ts'

/** Messages of one session; after them the service hangs up. */
export const MAX_MESSAGES = 1000
/** RFC 5321 4.5.3.1 and RFC 959 need far less. */
export const MAX_LINE_BYTES = 4096
/** Bytes of a message that is no line that are reported; of one that has headers. */
const MAX_REPORTED_BYTES = 256
const MAX_REPORTED_HEAD_BYTES = 1024
/** Characters of a user's name or a password that are reported. */
const MAX_CREDENTIAL_CHARACTERS = 256
const NOTHING = Buffer.alloc(0)
const LF = 0x0a
const CR = 0x0d

export function server(settings: Settings): Service {
  const { greeting, rules, otherwise, lines, terminal } = settings
  return async (session) => {
    let state = START
    let user = ''
    let screen: Terminal | undefined
    if (greeting !== undefined) await session.write(greeting(NOTHING))
    for (let count = 0; count < MAX_MESSAGES; count++) {
      const active = rules.filter(({ when }) => when === undefined || when === state)
      const typed = terminal.includes(state)
      if (typed) screen ??= screenOf(session)
      const message =
        typed && screen !== undefined
          ? await typedLine(screen, active)
          : await session.reader.message(frames(lines, active))
      if (message === undefined) return
      const rule = active.find((rule) => fits(rule, message) === 'yes') ?? otherwise
      const text = typed ? message.toString('latin1') : shown(message, lines)
      const given = argument(text, rule)
      if (rule.credential === 'user') user = given
      if (rule.credential === 'password') report(session, user, given)
      else if (text !== '') session.report({ kind: 'command', text })
      if (rule.say !== undefined) await session.write(rule.say(message))
      if (rule.close) return
      state = rule.next ?? state
    }
  }
}

/** What stands behind a command and its space, or the whole answer to a prompt. */
const argument = (text: string, { starts }: Rule): string =>
  text
    .slice(starts.length + (starts.length > 0 && text[starts.length] === ' ' ? 1 : 0))
    .slice(0, MAX_CREDENTIAL_CHARACTERS)

function report(session: Session, user: string, secret: string): void {
  session.report({ kind: 'credential', method: 'password', user, secret, accepted: false })
}

function screenOf(session: Session): Terminal {
  const decoder = new Decoder()
  return new Terminal({
    read: async () => {
      const bytes = await session.reader.chunk()
      return bytes === undefined ? undefined : decoder.data(bytes)
    },
    write: (text) => session.write(encode(text)),
  })
}

async function typedLine(screen: Terminal, active: readonly Rule[]): Promise<Buffer | undefined> {
  const hidden = active.some(({ credential }) => credential === 'password')
  const line = await screen.line(hidden ? 'hidden' : 'echo')
  return line === undefined ? undefined : Buffer.from(line, 'latin1')
}

function shown(message: Buffer, lines: Settings['lines']): string {
  if (lines === true) return lineText(message)
  return preview(message, lines === 'heads' ? MAX_REPORTED_HEAD_BYTES : MAX_REPORTED_BYTES)
}

function frames(lines: Settings['lines'], active: readonly Rule[]): Frame {
  if (lines === 'heads') return frameHead
  return lines ? frameLine : frameArrival(active)
}

const frameLine: Frame = (head) => within(head, head.indexOf(LF) + 1)

/** Behind an empty line. */
const frameHead: Frame = (head) => {
  for (let at = head.indexOf(LF); at >= 0; at = head.indexOf(LF, at + 1)) {
    const before = head[at - 1] === CR ? at - 2 : at - 1
    if (before < 0 || head[before] === LF) return within(head, at + 1)
    if (at >= MAX_LINE_BYTES) break
  }
  return within(head, 0)
}

/** `length` of a message, 0 while its end is not there. */
function within(head: Uint8Array, length: number): number | undefined {
  if (length > MAX_LINE_BYTES || (length === 0 && head.length >= MAX_LINE_BYTES))
    throw new Malformed('line too long')
  return length === 0 ? undefined : length
}

/** What has arrived is a message, unless it may yet become one that a rule waits for. */
const frameArrival =
  (rules: readonly Rule[]): Frame =>
  (head) => {
    const first = rules.find((rule) => fits(rule, head) !== 'no')
    return first !== undefined && fits(first, head) === 'more' ? undefined : head.length
  }

function lineText(line: Buffer): string {
  const end = line.length - (line.at(-2) === CR ? 2 : 1)
  return line.toString('latin1', 0, end)
}

function fits({ starts, folded }: Rule, message: Uint8Array): 'yes' | 'no' | 'more' {
  const length = Math.min(starts.length, message.length)
  for (let i = 0; i < length; i++) {
    const [a = 0, b = 0] = [starts[i], message[i]]
    if (a !== b && a !== ANY && !(folded && upper(a) === upper(b))) return 'no'
  }
  return length === starts.length ? 'yes' : 'more'
}

const upper = (byte: number): number => (byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte)
