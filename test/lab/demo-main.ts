/** `cuttle demo`: the executable finds this file by its place. */

import { Fault } from '../../agent/fault.ts'
import type { ExitCode, Invocation } from '../../agent/invocation.ts'
import { parseOptions } from '../../agent/options.ts'
import { demo } from './demo.ts'

const USAGE = `usage: cuttle demo [--keep] [--json]

Sensor, hub and an attacker with real clients (masscan, curl, hydra, tsql, redis-cli), each in a
network namespace of its own; then what was sent, answered, recorded, and known to the hub.
Needs root. Everything is removed at the end.

  --keep   leave all of it up until Ctrl-C, with the hub's API on loopback
  --json   only the summary, as JSON

Exit code: 0 everything arrived at the hub, 1 not, 2 wrong use.
`

export async function main(invocation: Invocation): Promise<ExitCode> {
  if (invocation.args.some((word) => word === '--help' || word === '-h')) {
    invocation.write(USAGE)
    return 0
  }
  const { flags, rest } = parseOptions(invocation.args, {
    keep: { value: false },
    json: { value: false },
  })
  if (rest[0] !== undefined) throw new Fault([`no argument '${rest[0]}'; see --help`])
  if (invocation.uid !== 0) {
    invocation.complain('cuttle demo: network namespaces need root; run sudo ./cuttle demo')
    return 1
  }
  const stop = new AbortController()
  invocation.onStop(() => stop.abort())
  return demo({
    keep: flags.has('keep'),
    json: flags.has('json'),
    colours: invocation.terminal && (invocation.env.NO_COLOR ?? '') === '',
    runtime: invocation.runtime,
    write: invocation.write,
    complain: invocation.complain,
    signal: stop.signal,
  })
}
