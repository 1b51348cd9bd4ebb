/** Programs that read and write files. */
import {
  type Applet,
  type Context,
  complaint,
  fails,
  hasOption,
  type Outcome,
  operands,
  pathOf,
  QUIET,
  says,
  usage,
} from './applet.ts'
import { type Listed, MAX_LEFT_BYTES, parent, type Refusal } from './files.ts'

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', e: '\x1b', '\\': '\\',
} // biome-ignore format: a table

/** `echo -e`: \xHH, \0NNN and \NNN, the usual letters; \c ends the output. */
export function unescapeEcho(text: string): { readonly text: string; readonly stopped: boolean } {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at)
    if (c !== '\\' || at + 1 === text.length) {
      out += c
      continue
    }
    const next = text.charAt(++at)
    if (next === 'c') return { text: out, stopped: true }
    const hex = next === 'x' ? digits(text, at + 1, 2, 16) : ''
    const octal = digits(text, next === '0' ? at + 1 : at, 3, 8)
    if (hex !== '') {
      out += String.fromCharCode(Number.parseInt(hex, 16))
      at += hex.length
    } else if (octal !== '' || next === '0') {
      out += String.fromCharCode(Number.parseInt(octal || '0', 8) & 0xff)
      at += octal.length - (next === '0' ? 0 : 1)
    } else out += SIMPLE_ESCAPES[next] ?? `\\${next}`
  }
  return { text: out, stopped: false }
}

function digits(text: string, from: number, most: number, base: 8 | 16): string {
  let end = from
  while (
    end < from + most &&
    '0123456789abcdef'.slice(0, base).includes(text.charAt(end).toLowerCase() || ' ')
  )
    end++
  return text.slice(from, end)
}

const echo: Applet = (args) => {
  let first = 0
  while (/^-[neE]{1,3}$/.test(args[first] ?? '')) first++
  const options = args.slice(0, first).join('')
  const text = args.slice(first).join(' ')
  const said = options.includes('e') ? unescapeEcho(text) : { text, stopped: false }
  return says(options.includes('n') || said.stopped ? said.text : `${said.text}\n`)
}

const printf: Applet = ([format = '', ...args]) => {
  let next = 0
  const filled = format
    .slice(0, 4096)
    .replace(/%[sdc%]/g, (verb) => (verb === '%%' ? '%' : (args[next++] ?? '')))
  return says(unescapeEcho(filled).text)
}

const cat: Applet = (args, context) => {
  const names = operands(args)
  if (names.length === 0) return says(context.input ?? '')
  let out = ''
  let err = ''
  for (const name of names) {
    const text = name === '-' ? (context.input ?? '') : read(context, 'cat', name)
    if (typeof text !== 'string') err += text.complaint
    else if (out.length < MAX_LEFT_BYTES) out += text
  }
  return { out, err, status: err === '' ? 0 : 1 }
}

export function read(
  context: Context,
  program: string,
  name: string,
): string | { readonly complaint: string } {
  const path = pathOf(context, name)
  const text = context.files.read(path)
  if (text !== undefined) return text
  const reason: Refusal = context.files.isDirectory(path)
    ? 'Is a directory'
    : 'No such file or directory'
  if (context.machine.kind === 'server') return { complaint: `${program}: ${name}: ${reason}\n` }
  return {
    complaint:
      reason === 'Is a directory'
        ? `${program}: read error: ${reason}\n`
        : complaint(context, program, name, reason),
  }
}

const copy =
  (program: 'cp' | 'mv'): Applet =>
  (args, context) => {
    const [from, to] = operands(args)
    if (from === undefined || to === undefined)
      return usage(context, program, '[OPTIONS] SOURCE DEST')
    const text = read(context, program, from)
    if (typeof text !== 'string')
      return fails(complaint(context, program, from, 'No such file or directory', 'stat'))
    let target = pathOf(context, to)
    if (context.files.isDirectory(target))
      target = pathOf(context, `${to}/${from.slice(from.lastIndexOf('/') + 1)}`)
    const refusal =
      context.files.write(target, text, false) ??
      context.files.changeMode(target, context.files.mode(pathOf(context, from))) ??
      (program === 'mv' ? context.files.remove(pathOf(context, from)) : undefined)
    return refusal === undefined ? QUIET : fails(complaint(context, program, to, refusal, 'create'))
  }

/** `each` on every operand; what it refuses is said, unless `quiet`. */
function forEach(
  context: Context,
  program: string,
  verb: string,
  names: readonly string[],
  quiet: boolean,
  each: (path: string) => Refusal | undefined,
): Outcome {
  let err = ''
  for (const name of names) {
    const refusal = each(pathOf(context, name))
    if (refusal !== undefined && !quiet) err += complaint(context, program, name, refusal, verb)
  }
  return { out: '', err, status: err === '' ? 0 : 1 }
}

const rm: Applet = (args, context) =>
  forEach(context, 'rm', 'remove', operands(args), hasOption(args, 'f'), (path) =>
    context.files.isDirectory(path) && !hasOption(args, 'r') && !hasOption(args, 'R')
      ? 'Is a directory'
      : context.files.remove(path),
  )

const mkdir: Applet = (args, context) => {
  const wholePath = hasOption(args, 'p')
  return forEach(context, 'mkdir', 'create directory', operands(args), wholePath, (path) => {
    const missing: string[] = []
    if (wholePath)
      for (let at = parent(path); !context.files.has(at); at = parent(at)) missing.unshift(at)
    for (const each of missing) context.files.makeDirectory(each)
    return context.files.makeDirectory(path)
  })
}

const touch: Applet = (args, context) =>
  forEach(context, 'touch', 'touch', operands(args), false, (path) =>
    context.files.has(path) ? undefined : context.files.write(path, '', false),
  )

const chmod: Applet = (args, context) => {
  const [mode, ...names] = operands(args.filter((arg) => arg !== '-x'))
  if (mode === undefined || names.length === 0)
    return usage(context, 'chmod', '[-R] MODE[,MODE]... FILE...')
  const bits = /^[0-7]{3,4}$/.test(mode)
    ? Number.parseInt(mode, 8) & 0o777
    : mode.includes('x')
      ? 0o755
      : 0o644
  return forEach(context, 'chmod', 'access', names, false, (path) => {
    if (context.files.isLeft(path) && (bits & 0o111) !== 0) context.used(path)
    return context.files.changeMode(path, bits)
  })
}

const ls: Applet = (args, context) => {
  const names = operands(args)
  let out = ''
  let err = ''
  for (const name of names.length === 0 ? ['.'] : names) {
    const path = pathOf(context, name)
    if (context.files.isDirectory(path)) {
      const entries = context.files
        .list(path)
        .filter(({ name }) => hasOption(args, 'a') || !name.startsWith('.'))
      out += hasOption(args, 'l') ? entries.map(row).join('') : columns(entries)
    } else if (context.files.has(path)) {
      const size = context.files.size(path)
      out += hasOption(args, 'l')
        ? row({ name, directory: false, size, mode: context.files.mode(path) })
        : `${name}\n`
    } else
      err +=
        context.machine.kind === 'device'
          ? `ls: ${name}: No such file or directory\n`
          : complaint(context, 'ls', name, 'No such file or directory', 'access')
  }
  return { out, err, status: err === '' ? 0 : 1 }
}

const columns = (entries: readonly Listed[]): string =>
  entries.length === 0 ? '' : `${entries.map(({ name }) => name).join('  ')}\n`

function row({ name, directory, size, mode }: Listed): string {
  const bits = [...'rwxrwxrwx'].map((letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-')).join('')
  return `${directory ? 'd' : '-'}${bits}    ${directory ? 2 : 1} root     root     ${String(size).padStart(8)} Jan  1  1970 ${name}\n`
}

/** `dd if=/bin/echo bs=52 count=1` shows a loader the ELF header. */
const dd: Applet = (args, context) => {
  const value = (key: string): string | undefined =>
    args.find((arg) => arg.startsWith(`${key}=`))?.slice(key.length + 1)
  const name = value('if')
  const text = name === undefined ? (context.input ?? '') : read(context, 'dd', name)
  if (typeof text !== 'string') return fails(text.complaint)
  const size = Math.max(1, Number.parseInt(value('bs') ?? '512', 10) || 512)
  const count = Number.parseInt(value('count') ?? '', 10)
  const taken = Number.isNaN(count) ? text : text.slice(0, size * count)
  const records = `${Math.trunc(taken.length / size)}+${taken.length % size === 0 ? 0 : 1} records`
  const target = value('of')
  const refusal =
    target === undefined ? undefined : context.files.write(pathOf(context, target), taken, false)
  if (refusal !== undefined && target !== undefined)
    return fails(complaint(context, 'dd', target, refusal))
  return {
    out: target === undefined ? taken : '',
    err: `${records} in\n${records} out\n`,
    status: 0,
  }
}

/** `[ -f FILE ]`: of all expressions, those about files. */
const test: Applet = ([option, name = ''], context) => {
  if (option === undefined) return { ...QUIET, status: 1 }
  const path = pathOf(context, name)
  const { files } = context
  const holds =
    option === '-d' ? files.isDirectory(path) : !option.startsWith('-') || files.has(path)
  return { ...QUIET, status: holds ? 0 : 1 }
}

export const FILE_APPLETS: Readonly<Record<string, Applet>> = {
  cat, chmod, cp: copy('cp'), dd, echo, ls, mkdir, mv: copy('mv'), printf, rm, touch,
  test,
  '[': test,
} // biome-ignore format: a table
