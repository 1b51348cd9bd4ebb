/**
 * Commands that live outside the agent (the hub, the lab): the import rule is hub → agent, so the
 * executable finds them by their place and not by an import.
 */
import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command, ExitCode, Invocation } from '../invocation.ts'

type Entry<Input> = { main(input: Input): Promise<ExitCode> }

const elsewhere = <Input>(
  name: string,
  summary: string,
  input: (invocation: Invocation) => Input,
  ...path: string[]
): Command => ({
  name,
  summary,
  usage: '',
  async run(invocation) {
    const file = join(invocation.home, ...path) + extname(import.meta.url)
    if (!existsSync(file)) {
      invocation.complain(`cuttle ${name}: ${file} is missing; use a checkout of the repository`)
      return 1
    }
    const entry = (await import(pathToFileURL(file).href)) as Entry<Input>
    return entry.main(input(invocation))
  },
})

export const hub = elsewhere('hub', 'the hub in the foreground', (i) => i.args, 'hub', 'main')
export const demo = elsewhere(
  'demo',
  'the whole thing on one machine',
  (i) => i,
  'test',
  'lab',
  'demo-main',
)
