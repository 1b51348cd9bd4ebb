/**
 * A small shell that lets a loader show what it came for. It never touches the host: no file, no
 * socket, no process of the sensor's is behind it. Text is latin1, one character a byte.
 */
import type { Observation } from '../observation.ts'
import { type Applet, type Context, fails, type Outcome, operands, QUIET, says } from './applet.ts'
import { type Files, type Refusal, resolvePath } from './files.ts'
import { type Host, Interpreter, MAX_OUTPUT_BYTES } from './interpreter.ts'
import { createFiles, type Machine } from './machine.ts'
import { programs } from './programs.ts'
import { cannot, cannotChange, greeting, notFound, prompt } from './wording.ts'

/** Characters of a command line that are reported. */
export const MAX_REPORTED_CHARACTERS = 4096
/** How long one line may take, in ms. */
export const MAX_DELAY_MS = 15_000
const MAX_SCRIPT_CHARACTERS = 16 * 1024
const MAX_NESTED_SHELLS = 8
const MAX_REPORTED_FILES = 64

/** What succeeds and says nothing. */
const SILENT = new Set([
  ':',
  'true',
  'export',
  'set',
  'unset',
  'ulimit',
  'alias',
  'history',
  'umask',
])

export type ShellOptions = {
  readonly machine: Machine
  readonly user: string
  /** A login shell at a prompt, or one that was given a command (`ssh host command`). */
  readonly interactive: boolean
  readonly report: (observation: Observation) => void
}

export type Reply = {
  /** latin1, lines end with \n: the terminal makes \r\n of it. */
  readonly output: string
  /** How long the machine takes before it answers, in ms. */
  readonly delayMs: number
  readonly status: number
  /** The shell has ended. */
  readonly exited: boolean
}

export interface Shell {
  /** What it says before the first prompt. */
  readonly greeting: string
  /** Both are empty when nobody sits at a terminal. */
  readonly prompt: string
  /** One line as typed, without the line end; `input`: what a command may read (`ssh host 'cat > x' < x`). */
  run(line: string, input?: string): Reply
  /** The visitor leaves: what he left unused is reported. */
  close(): void
}

export const createShell = (options: ShellOptions): Shell => new VisitorShell(options)

class VisitorShell implements Shell, Host {
  readonly #options: ShellOptions
  readonly files: Files
  readonly #programs: ReadonlyMap<string, Applet>
  readonly #interpreter: Interpreter
  readonly #reported = new Set<string>()
  readonly #home: string
  /** Names of the shells, the innermost last: `-sh`, then `sh` for each one started in it. */
  readonly #shells: string[]
  #directory: string
  exited = false

  constructor(options: ShellOptions) {
    this.#options = options
    const { machine, user, interactive } = options
    this.#programs = new Map(Object.entries(programs(machine)))
    this.files = createFiles(machine, [...this.#programs.keys(), 'busybox', 'sh'])
    const device = machine.kind === 'device'
    this.#home = device ? '/' : user === 'root' ? '/root' : `/home/${user.replaceAll('/', '')}`
    this.#directory = this.#home
    this.#shells = [device ? (interactive ? '-sh' : 'sh') : interactive ? '-bash' : 'bash: line 1']
    const variables = {
      HOME: this.#home,
      USER: user,
      SHELL: device ? '/bin/sh' : '/bin/bash',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    }
    this.#interpreter = new Interpreter(this, variables, 300 + machine.draw('pid', 9000))
  }

  get greeting(): string {
    const { machine, interactive } = this.#options
    return interactive ? greeting(machine) : ''
  }

  get prompt(): string {
    const { machine, user, interactive } = this.#options
    return interactive ? prompt(machine, this.name, user, this.#directory, this.#home) : ''
  }

  run(line: string, input?: string): Reply {
    if (line.trim() !== '') {
      const text = Buffer.from(line.slice(0, MAX_REPORTED_CHARACTERS), 'latin1').toString()
      this.#options.report({ kind: 'command', text })
    }
    const { out, delayMs } = this.#interpreter.line(line, input)
    return {
      output: out.slice(0, MAX_OUTPUT_BYTES),
      delayMs: Math.min(MAX_DELAY_MS, delayMs),
      status: this.#interpreter.status,
      exited: this.exited,
    }
  }

  close(): void {
    for (const path of this.files.left())
      if (this.files.read(path)?.startsWith('\x7fELF') === true) this.#used(path)
  }

  #used(path: string): void {
    if (this.#reported.size >= MAX_REPORTED_FILES) return
    const file = this.files.describe(path)
    const key = `${file.sha256} ${path}`
    if (this.#reported.has(key)) return
    this.#reported.add(key)
    this.#options.report({ kind: 'file', ...file })
  }

  get name(): string {
    return this.#shells.at(-1) ?? 'sh'
  }

  program(args: readonly string[], input: string | undefined): Outcome {
    const [name = '', ...rest] = args
    switch (name) {
      case 'cd':
        return this.#changeDirectory(rest[0])
      case 'pwd':
        return says(`${this.#directory}\n`)
      case 'false':
        return fails('')
      case 'exit':
      case 'logout':
        return this.#exit(rest[0])
      case '.':
      case 'source':
        return this.#script(rest[0] ?? '')
      case 'sh':
      case 'ash':
      case 'bash':
      case 'exec':
        return this.#shell(name, rest, input)
      case 'nohup':
      case 'sudo':
      case 'command':
      case 'time':
        return this.#options.machine.kind === 'server' && rest.length > 0
          ? this.program(rest, input)
          : this.#unknown(name)
      default:
        if (SILENT.has(name)) return QUIET
        return name.includes('/')
          ? this.#byPath(name, rest, input)
          : (this.#applet(name, rest, input) ?? this.#unknown(name))
    }
  }

  #applet(name: string, args: readonly string[], input: string | undefined): Outcome | undefined {
    if (name === 'busybox') return this.#busybox(args, input)
    return this.#programs.get(name)?.(args, this.#context(input))
  }

  #context(input?: string): Context {
    const { machine, user } = this.#options
    return {
      machine,
      user,
      files: this.files,
      directory: this.#directory,
      input,
      used: (path) => this.#used(path),
    }
  }

  #busybox([name, ...args]: readonly string[], input: string | undefined): Outcome {
    if (name === undefined) {
      const names = ['[[', 'ash', 'busybox', 'sh', ...this.#programs.keys()].sort().join(', ')
      return says(
        `${this.#options.machine.busybox} multi-call binary.\nUsage: busybox [function] [arguments]...\n   or: function [arguments]...\n\nCurrently defined functions:\n\t${names}\n\n`,
      )
    }
    if (name === 'sh' || name === 'ash') return this.#shell(name, args, input)
    return this.#applet(name, args, input) ?? fails(`${name}: applet not found\n`, 127)
  }

  #byPath(name: string, args: readonly string[], input: string | undefined): Outcome {
    const path = this.path(name)
    const program = path.slice(path.lastIndexOf('/') + 1)
    if (this.files.isLeft(path)) {
      if ((this.files.mode(path) & 0o111) === 0)
        return fails(`${this.name}: ${name}: Permission denied\n`, 126)
      return this.#script(name)
    }
    if (this.files.isDirectory(path))
      return fails(
        `${this.name}: ${name}: ${this.#options.machine.kind === 'device' ? 'Permission denied' : 'Is a directory'}\n`,
        126,
      )
    if (this.files.has(path)) {
      if (path === '/bin/sh' || path === '/bin/bash') return this.#shell('sh', args, input)
      // An empty file is a script that does nothing.
      return this.#applet(program, args, input) ?? QUIET
    }
    if (/^\/(usr\/)?s?bin\/[^/]+$/.test(path)) {
      if (program === 'sh' || program === 'bash') return this.#shell(program, args, input)
      const outcome = this.#applet(program, args, input)
      if (outcome !== undefined) return outcome
    }
    return this.#options.machine.kind === 'device'
      ? this.#unknown(name)
      : fails(`${this.name}: ${name}: No such file or directory\n`, 127)
  }

  #unknown(name: string): Outcome {
    return fails(notFound(this.#options.machine, this.name, name), 127)
  }

  cannot(verb: 'create' | 'open', name: string, refusal: Refusal): string {
    return cannot(this.#options.machine, this.name, verb, name, refusal)
  }

  #changeDirectory(to = this.#home): Outcome {
    const path = this.path(to)
    if (this.files.isDirectory(path) || path === this.#home) {
      this.#directory = path
      return QUIET
    }
    const refusal = this.files.has(path) ? 'Not a directory' : 'No such file or directory'
    return fails(cannotChange(this.#options.machine, this.name, to, refusal))
  }

  #exit(status: string | undefined): Outcome {
    if (this.#shells.length > 1) this.#shells.pop()
    else this.exited = true
    const code = Number.parseInt(status ?? '', 10)
    return { ...QUIET, status: Number.isNaN(code) ? this.#interpreter.status : code & 0xff }
  }

  #shell(name: string, args: readonly string[], input: string | undefined): Outcome {
    const command = args.indexOf('-c')
    if (command >= 0) return this.#nested(args[command + 1] ?? '')
    const [script] = operands(args)
    if (name === 'exec' && script !== undefined) return this.program(args, input)
    if (script !== undefined) return this.#script(script)
    if (input !== undefined) return this.#nested(input)
    if (name === 'exec') return QUIET
    if (this.#shells.length < MAX_NESTED_SHELLS) this.#shells.push('sh')
    return this.#options.machine.kind === 'device' ? says(this.greeting) : QUIET
  }

  /** A file of commands, or a program that the visitor brought: that one is not run. */
  #script(name: string): Outcome {
    const path = this.path(name)
    const text = this.files.read(path)
    if (text === undefined)
      return fails(this.cannot('open', name, 'No such file or directory'), 127)
    if (!this.files.isLeft(path)) return QUIET
    this.#used(path)
    return text.startsWith('\x7fELF') ? QUIET : this.#nested(text)
  }

  #nested(text: string): Outcome {
    if (text.length > MAX_SCRIPT_CHARACTERS) return QUIET
    return this.#interpreter.list(text, undefined)
  }

  path(name: string): string {
    return resolvePath(
      this.#directory,
      name === '~' || name.startsWith('~/') ? `${this.#home}${name.slice(1)}` : name,
    )
  }
}
