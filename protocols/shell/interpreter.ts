/** Runs command lines: what follows what, pipes, redirections, variables. What a program does is its host's business. */
import { fails, type Outcome, QUIET } from './applet.ts'
import type { Files, Refusal } from './files.ts'
import { type Command, parse, type Redirect, SyntaxFault, type Word } from './parser.ts'

/** Programs that one line may start, scripts and nested shells included. */
export const MAX_STEPS = 128
/** What the programs of one line may read and print together, in bytes. */
export const MAX_WORK_BYTES = 4 * 1024 * 1024
/** What one line may print, in bytes. */
export const MAX_OUTPUT_BYTES = 256 * 1024
/** Scripts that run scripts. */
const MAX_DEPTH = 8
const MAX_VARIABLES = 64
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]{0,63})=(.*)$/s

export interface Host {
  readonly files: Files
  /** Complaints of the shell begin with it. */
  readonly name: string
  readonly exited: boolean
  path(name: string): string
  program(args: readonly string[], input: string | undefined): Outcome
  cannot(verb: 'create' | 'open', name: string, refusal: Refusal): string
}

export class Interpreter {
  readonly #host: Host
  readonly #variables: Map<string, string>
  readonly #pid: number
  #status = 0
  #steps = 0
  #workBytes = 0
  #delayMs = 0
  #depth = 0

  constructor(host: Host, variables: Readonly<Record<string, string>>, pid: number) {
    this.#host = host
    this.#variables = new Map(Object.entries(variables))
    this.#pid = pid
  }

  get status(): number {
    return this.#status
  }

  /** A line as typed. `delayMs`: how long all of it takes. */
  line(text: string, input: string | undefined): Required<Outcome> {
    this.#steps = 0
    this.#workBytes = 0
    this.#delayMs = 0
    return { ...this.list(text, input), delayMs: this.#delayMs }
  }

  /** Everything a line says, in the order it is said: `out` holds both unless a pipe or a file took one. */
  list(line: string, input: string | undefined): Outcome {
    if (this.#depth >= MAX_DEPTH) return QUIET
    let out = ''
    this.#depth++
    try {
      for (const { after, commands } of parse(line)) {
        if (this.#host.exited || this.#steps > MAX_STEPS) break
        if (after === '&&' && this.#status !== 0) continue
        if (after === '||' && this.#status === 0) continue
        const said = this.#pipeline(commands, input)
        if (out.length < MAX_OUTPUT_BYTES) out += said
      }
    } catch (fault) {
      if (!(fault instanceof SyntaxFault)) throw fault
      this.#status = 2
      out += `${this.#host.name}: ${fault.message}\n`
    } finally {
      this.#depth--
    }
    return { out, err: '', status: this.#status }
  }

  #pipeline(commands: readonly Command[], input: string | undefined): string {
    let piped = input
    let shown = ''
    for (const [i, command] of commands.entries()) {
      const { out, err, status } = this.#command(command, piped)
      this.#status = status
      shown += err
      if (i === commands.length - 1) shown += out
      piped = out
    }
    return shown
  }

  #command({ words, redirects }: Command, piped: string | undefined): Outcome {
    if (++this.#steps > MAX_STEPS || this.#workBytes > MAX_WORK_BYTES) return QUIET
    const readBefore = this.#host.files.readBytes
    let args = words.map((word) => this.#expand(word))
    while (ASSIGNMENT.test(args[0] ?? '')) {
      const [, name = '', value = ''] = ASSIGNMENT.exec(args[0] ?? '') ?? []
      if (this.#variables.size < MAX_VARIABLES) this.#variables.set(name, value.slice(0, 1024))
      args = args.slice(1)
    }
    let input = piped
    for (const { fd, to } of redirects) {
      if (fd !== 0 || typeof to === 'number') continue
      const name = this.#expand(to)
      input = this.#host.files.read(this.#host.path(name))
      if (input === undefined)
        return fails(this.#host.cannot('open', name, 'No such file or directory'))
    }
    // The files are made before the program runs, which may end up not running at all.
    for (const redirect of redirects) {
      const fault = redirect.append ? undefined : this.#redirect(redirect, '')
      if (fault !== undefined) return fails(fault)
    }
    let { out, err, status, delayMs } =
      args.length === 0
        ? { ...QUIET, delayMs: 0 }
        : { delayMs: 0, ...this.#host.program(args, input) }
    this.#delayMs += delayMs
    this.#workBytes += this.#host.files.readBytes - readBefore + (input?.length ?? 0) + out.length
    for (const redirect of redirects) {
      if (redirect.to === 1 && redirect.fd === 2) {
        out = err + out
        err = ''
      } else if (redirect.to === 2) {
        err += out
        out = ''
      } else if (redirect.fd !== 0) {
        const taken = redirect.fd === 1 ? out : redirect.fd === 2 ? err : err + out
        const fault = this.#redirect(redirect, taken)
        if (fault !== undefined) return fails(fault)
        if (redirect.fd !== 2) out = ''
        if (redirect.fd !== 1) err = ''
      }
    }
    return { out, err, status }
  }

  /** Why it cannot be written, or undefined. */
  #redirect({ fd, append, to }: Redirect, text: string): string | undefined {
    if (fd === 0 || typeof to === 'number') return undefined
    const name = this.#expand(to)
    const refusal = this.#host.files.write(this.#host.path(name), text, append)
    return refusal === undefined ? undefined : this.#host.cannot('create', name, refusal)
  }

  #expand(word: Word): string {
    return word
      .map((part) => (typeof part === 'string' ? part : this.#variable(part.variable)))
      .join('')
  }

  #variable(name: string): string {
    if (name === '?') return String(this.#status)
    if (name === '0') return this.#host.name
    if (name === '$') return String(this.#pid)
    return this.#variables.get(name) ?? ''
  }
}
