/** A command line → commands: words, separators, redirections (POSIX.1-2017, Shell Command Language 2.2, 2.3, 2.7). */

/** A piece of a word: text, or the name of a variable whose value goes there. */
export type Part = string | { readonly variable: string }
export type Word = readonly Part[]

export type Redirect = {
  /** 0 is read from, 1 and 2 are written, 3 stands for both of them. */
  readonly fd: 0 | 1 | 2 | 3
  readonly append: boolean
  /** A file, or the other of 1 and 2. */
  readonly to: Word | 1 | 2
}

export type Command = { readonly words: readonly Word[]; readonly redirects: readonly Redirect[] }

/** Commands joined by `|`, and what decides whether they run. */
export type Pipeline = {
  readonly after: ';' | '&&' | '||'
  readonly commands: readonly Command[]
}

/** A line no shell would run: the text is what ash says of it, after its own name. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault'
}

type Token = { readonly op: string } | { readonly word: Word }

/** Longest first. Parentheses group; a subshell's own state is not worth keeping apart. */
const OPERATORS = [
  '&&', '||', '&>', '>>', '>&', ';', '|', '&', '>', '<', '(', ')', '\n',
] // biome-ignore format: a table
const OPERATOR_STARTS = '&|;<>()\n'
const BLANK = ' \t\r'
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/

/** Throws SyntaxFault. The line's length bounds everything that comes out. */
export function parse(line: string): Pipeline[] {
  const pipelines: Pipeline[] = []
  let after: Pipeline['after'] = ';'
  let commands: Command[] = []
  let words: Word[] = []
  let redirects: Redirect[] = []
  const endCommand = (): void => {
    if (words.length + redirects.length > 0) commands.push({ words, redirects })
    words = []
    redirects = []
  }
  const endPipeline = (next: Pipeline['after']): void => {
    endCommand()
    if (commands.length > 0) pipelines.push({ after, commands })
    commands = []
    after = next
  }

  const tokens = tokenize(line)
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token
    if ('word' in token) {
      words.push(token.word)
      continue
    }
    switch (token.op) {
      case '|':
        endCommand()
        break
      case '&&':
      case '||':
        endPipeline(token.op)
        break
      case '>':
      case '>>':
      case '<':
      case '>&':
      case '&>': {
        const target = tokens[++i]
        if (target === undefined || !('word' in target))
          throw new SyntaxFault('syntax error: unexpected newline')
        const fd = token.op === '<' ? 0 : token.op === '&>' ? 3 : descriptor(words)
        redirects.push({ fd, append: token.op === '>>', to: destination(token.op, target.word) })
        break
      }
      default:
        endPipeline(';')
    }
  }
  endPipeline(';')
  return pipelines
}

/** `2>`: the digit was the word before, marked by the tokenizer with a leading NUL. */
function descriptor(words: Word[]): 1 | 2 {
  const last = words.at(-1)
  if (last?.length !== 1 || (last[0] !== '\u00001' && last[0] !== '\u00002')) return 1
  words.pop()
  return last[0] === '\u00001' ? 1 : 2
}

function destination(op: string, word: Word): Redirect['to'] {
  if (op === '>&' && word.length === 1 && (word[0] === '1' || word[0] === '2'))
    return word[0] === '1' ? 1 : 2
  return word
}

function tokenize(line: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < line.length) {
    const c = line.charAt(at)
    if (BLANK.includes(c)) at++
    else if (c === '#') break
    else {
      const op = operatorAt(line, at)
      if (op !== undefined) {
        tokens.push({ op })
        at += op.length
      } else {
        const [word, next] = readWord(line, at)
        const digit = next === at + 1 && line[next] === '>' && (c === '1' || c === '2')
        tokens.push({ word: digit ? [`\u0000${c}`] : word })
        at = next
      }
    }
  }
  return tokens
}

function operatorAt(line: string, at: number): string | undefined {
  if (!OPERATOR_STARTS.includes(line.charAt(at))) return undefined
  return OPERATORS.find((candidate) => line.startsWith(candidate, at))
}

function readWord(line: string, from: number): [Word, number] {
  const parts: Part[] = []
  let text = ''
  let at = from
  let quoted = false
  const dollar = (): void => {
    const [part, next] = readDollar(line, at)
    if (typeof part === 'string') text += part
    else {
      if (text !== '') parts.push(text)
      text = ''
      parts.push(part)
    }
    at = next
  }
  for (;;) {
    const c = line.charAt(at)
    if (c === '') {
      if (quoted) throw new SyntaxFault('syntax error: unterminated quoted string')
      break
    }
    if (c === '"') {
      quoted = !quoted
      at++
    } else if (c === '$') dollar()
    else if (c === '\\') {
      const next = line.charAt(at + 1)
      // 2.2.3: within double-quotes a backslash is kept except before these.
      text += quoted && !'$`"\\'.includes(next) ? c + next : next
      at += 2
    } else if (quoted) {
      text += c
      at++
    } else if (c === "'") {
      const end = line.indexOf("'", at + 1)
      if (end < 0) throw new SyntaxFault('syntax error: unterminated quoted string')
      text += line.slice(at + 1, end)
      at = end + 1
    } else if (BLANK.includes(c) || OPERATOR_STARTS.includes(c)) break
    else {
      text += c
      at++
    }
  }
  if (text !== '' || parts.length === 0) parts.push(text)
  return [parts, at]
}

function readDollar(line: string, at: number): [Part, number] {
  const next = line.charAt(at + 1)
  if (next === '?' || next === '$' || next === '0') return [{ variable: next }, at + 2]
  if (next === '(') {
    // Command substitution is not run: it stands for nothing.
    const end = line.indexOf(')', at)
    return ['', end < 0 ? line.length : end + 1]
  }
  const brace = next === '{' ? 1 : 0
  const name = NAME.exec(line.slice(at + 1 + brace, at + 1 + brace + 64))?.[0]
  if (name === undefined) return ['$', at + 1]
  const end = at + 1 + brace + name.length
  return [{ variable: name }, brace === 1 && line[end] === '}' ? end + 1 : end]
}
