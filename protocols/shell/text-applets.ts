/** Programs that look through text. */
import { type Applet, type Context, hasOption, operands, says } from './applet.ts'
import { read } from './file-applets.ts'

const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
const joined = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('')

/** Text from the named file, or from the pipe. */
function source(context: Context, program: string, name: string | undefined): string {
  const text = name === undefined ? (context.input ?? '') : read(context, program, name)
  return typeof text === 'string' ? text : ''
}

/** The pattern is looked for as plain text: no regular expression of a stranger's is run. */
const grep: Applet = (args, context) => {
  const [pattern = '', name] = operands(args)
  const folded = hasOption(args, 'i')
  const wanted = folded ? pattern.toLowerCase() : pattern
  const inverted = hasOption(args, 'v')
  const found = lines(source(context, 'grep', name)).filter(
    (line) => (folded ? line.toLowerCase() : line).includes(wanted) !== inverted,
  )
  const out = hasOption(args, 'q') ? '' : hasOption(args, 'c') ? `${found.length}\n` : joined(found)
  return { out, err: '', status: found.length > 0 ? 0 : 1 }
}

const part =
  (program: 'head' | 'tail'): Applet =>
  (args, context) => {
    const given = args.findIndex((arg) => /^-n?\d*$/.test(arg))
    const option = args[given] ?? ''
    const apart = option === '-n' ? args[given + 1] : undefined
    const count = Number.parseInt(apart ?? option.replace(/^-n?/, ''), 10)
    const name = args.find(
      (arg, i) => !arg.startsWith('-') && !(apart !== undefined && i === given + 1),
    )
    const all = lines(source(context, program, name))
    const most = Number.isNaN(count) ? 10 : count
    return says(
      joined(program === 'head' ? all.slice(0, most) : all.slice(Math.max(0, all.length - most))),
    )
  }

const wc: Applet = (args, context) => {
  const [name] = operands(args)
  const text = source(context, 'wc', name)
  const counts = {
    l: text.split('\n').length - 1,
    w: text.split(/\s+/).filter(Boolean).length,
    c: text.length,
  }
  const shown = Object.entries(counts).filter(([letter]) => hasOption(args, letter))
  const numbers = (shown.length === 0 ? Object.entries(counts) : shown).map(([, count]) => count)
  return says(`${numbers.join(' ')}${name === undefined ? '' : ` ${name}`}\n`)
}

export const TEXT_APPLETS: Readonly<Record<string, Applet>> = {
  grep,
  head: part('head'),
  tail: part('tail'),
  wc,
}
