/** What a program in the shell gets and gives. */
import { type Files, type Refusal, resolvePath } from './files.ts'
import type { Machine } from './machine.ts'

export type Outcome = {
  readonly out: string
  readonly err: string
  readonly status: number
  /** How long a real one would have taken, in ms. */
  readonly delayMs?: number
}

export type Context = {
  readonly machine: Machine
  readonly files: Files
  readonly user: string
  readonly directory: string
  /** What the pipe, or a file, gives it to read; undefined: the terminal. */
  readonly input: string | undefined
  /** The visitor made use of a file he left: it is complete. */
  used(path: string): void
}
export type Applet = (args: readonly string[], context: Context) => Outcome

export const says = (out: string): Outcome => ({ out, err: '', status: 0 })
export const fails = (err: string, status = 1, delayMs = 0): Outcome => ({
  out: '',
  err,
  status,
  delayMs,
})
export const QUIET = says('')

/** BusyBox and GNU complain about a file each in their own words. */
export function complaint(
  context: Context,
  program: string,
  path: string,
  reason: Refusal,
  verb = 'open',
): string {
  return context.machine.kind === 'device'
    ? `${program}: can't ${verb} '${path}': ${reason}\n`
    : `${program}: cannot ${verb} '${path}': ${reason}\n`
}

/** What an applet says that was called the wrong way. */
export function usage(context: Context, program: string, synopsis: string): Outcome {
  if (context.machine.kind === 'device')
    return fails(
      `${context.machine.busybox} multi-call binary.\n\nUsage: ${program} ${synopsis}\n\n`,
    )
  return fails(`${program}: missing operand\nTry '${program} --help' for more information.\n`)
}

/** Options (without values) and operands. */
export function operands(args: readonly string[]): string[] {
  return args.filter((arg) => !arg.startsWith('-') || arg === '-')
}
export function hasOption(args: readonly string[], letter: string): boolean {
  return args.some((arg) => arg.startsWith('-') && !arg.startsWith('--') && arg.includes(letter))
}

export const pathOf = (context: Context, path: string): string =>
  resolvePath(context.directory, path)
