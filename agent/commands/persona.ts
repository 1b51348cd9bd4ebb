/** `cuttle persona`: the machines that the sensor can be. */
import { roster } from '../../rotation/roster.ts'
import { Fault } from '../fault.ts'
import type { Command } from '../invocation.ts'
import { parseOptions } from '../options.ts'

const usage = 'usage: cuttle persona list | show ID [--json]\n'

export const persona: Command = {
  name: 'persona',
  summary: 'the machines the sensor can be',
  usage,
  async run(invocation) {
    const { flags, rest } = parseOptions(invocation.args, { json: { value: false } }, 2)
    const [verb, id] = rest
    if (verb === 'list' && id === undefined) {
      const rows = roster.map(({ id, title, ports }) => ({
        id,
        title,
        ports: Object.keys(ports).map(Number),
      }))
      for (const row of rows)
        invocation.write(
          flags.has('json')
            ? `${JSON.stringify(row)}\n`
            : `${row.id.padEnd(16)} ${row.title} (${row.ports.join(', ')})\n`,
        )
      return 0
    }
    if (verb !== 'show' || id === undefined) throw new Fault(['use list, or show ID'])
    const found = roster.find((p) => p.id === id)
    if (found === undefined) throw new Error(`no persona '${id}'; see cuttle persona list`)
    invocation.write(`${JSON.stringify(found, null, flags.has('json') ? 0 : 2)}\n`)
    return 0
  },
}
