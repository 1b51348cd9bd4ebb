/** Flags of a command line; every fault is reported at once. */
import { Fault } from './fault.ts'

export type Flag = { readonly value: boolean; readonly repeat?: boolean }
export type Options = {
  readonly flags: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[]
}

/** `--flag value`, `--flag=value` and `--switch`, in any order with the other words, of which there may be so many. */
export function parseOptions(
  args: readonly string[],
  known: Readonly<Record<string, Flag>>,
  words = 0,
): Options {
  const flags = new Map<string, string[]>()
  const rest: string[] = []
  const faults: string[] = []
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string
    if (!word.startsWith('--')) {
      if (rest.push(word) > words) faults.push(`what is '${word}'? see --help`)
      continue
    }
    const cut = word.indexOf('=')
    const name = cut < 0 ? word.slice(2) : word.slice(2, cut)
    const flag = Object.hasOwn(known, name) ? known[name] : undefined
    if (flag === undefined) {
      faults.push(`no flag --${name}; see --help`)
      continue
    }
    let value = cut < 0 ? '' : word.slice(cut + 1)
    if (flag.value && cut < 0) {
      const next = args[i + 1]
      if (next === undefined || next.startsWith('--')) faults.push(`--${name} needs a value`)
      else {
        value = next
        i++
      }
    } else if (!flag.value && cut >= 0) faults.push(`--${name} takes no value`)
    const values = flags.get(name) ?? []
    if (values.length > 0 && flag.repeat !== true) faults.push(`--${name} is given twice`)
    values.push(value)
    flags.set(name, values)
  }
  if (faults.length > 0) throw new Fault(faults)
  return { flags, rest }
}
