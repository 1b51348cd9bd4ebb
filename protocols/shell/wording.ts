/** What ash on a device and bash on a server say in their own words. `shell`: the name complaints begin with. */
import type { Refusal } from './files.ts'
import type { Machine } from './machine.ts'

/** Before the first prompt. */
export function greeting({ kind, busybox, kernel, machine }: Machine): string {
  if (kind === 'device')
    return `\n\n${busybox} built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n`
  return `Welcome to Ubuntu 22.04.3 LTS (GNU/Linux ${kernel.release} ${machine})\n\n * Documentation:  https://help.ubuntu.com\n * Management:     https://landscape.canonical.com\n * Support:        https://ubuntu.com/advantage\n\n`
}

/** `home`: '' where the prompt does not show the directory. */
export function prompt(
  { kind, hostname }: Machine,
  shell: string,
  user: string,
  directory: string,
  home: string,
): string {
  const sign = user === 'root' ? '# ' : '$ '
  if (kind === 'device' || shell === 'sh') return sign
  const inHome = directory === home || directory.startsWith(`${home}/`)
  return `${user}@${hostname}:${inHome ? `~${directory.slice(home.length)}` : directory}${sign}`
}

export function cannot(
  { kind }: Machine,
  shell: string,
  verb: 'create' | 'open',
  name: string,
  refusal: Refusal,
): string {
  if (kind === 'server') return `${shell}: ${name}: ${refusal}\n`
  const missing = verb === 'create' ? 'nonexistent directory' : 'no such file'
  return `${shell}: can't ${verb} ${name}: ${refusal === 'No such file or directory' ? missing : refusal}\n`
}

export function notFound({ kind }: Machine, shell: string, name: string): string {
  if (kind === 'device') return `${shell}: ${name}: not found\n`
  // The `sh` of a server is dash, which counts lines.
  return shell === 'sh' ? `sh: 1: ${name}: not found\n` : `${shell}: ${name}: command not found\n`
}

export function cannotChange(
  { kind }: Machine,
  shell: string,
  to: string,
  refusal: Refusal,
): string {
  return kind === 'server'
    ? `${shell}: cd: ${to}: ${refusal}\n`
    : `${shell}: cd: can't cd to ${to}\n`
}
