/** The configuration of a command line: file, variables and flags. */
import { readFileSync } from 'node:fs'
import { type Config, flagOf, type Given, KEYS, loadConfig, variableOf } from '../config.ts'
import { Fault } from '../fault.ts'
import type { Invocation } from '../invocation.ts'
import { type Flag, parseOptions } from '../options.ts'

export const usage = `usage: cuttle run --interface IF --address IP/LEN [options]

Every key is a flag, a key of the TOML file and a CUTTLE_* variable (flow.max: --flow-max, CUTTLE_FLOW_MAX).

  --config FILE                  TOML file; flags and variables win over it
${KEYS.map(([key, help]) => `  --${`${flagOf(key)} VALUE`.padEnd(28)} ${help}`).join('\n')}

Example: cuttle run --interface eth1 --address 192.0.2.10/24 --gateway 192.0.2.1 --hub mqtt://hub.example:1883
`

/** File, variables and flags of a command line. Throws Fault. */
export function configOf(invocation: Invocation): Config {
  const known: Record<string, Flag> = { config: { value: true } }
  for (const [key] of KEYS) known[flagOf(key)] = { value: true, repeat: key === 'address' }
  const { flags } = parseOptions(invocation.args, known)
  const given: Given[] = []
  for (const [key] of KEYS) {
    const variable = variableOf(key)
    const value = invocation.env[variable]
    if (value !== undefined) given.push({ key, value, from: variable })
    const values = flags.get(flagOf(key))
    if (values !== undefined)
      given.push({
        key,
        value: values.length > 1 ? values : (values[0] as string),
        from: `--${flagOf(key)}`,
      })
  }
  const path = flags.get('config')?.[0] ?? invocation.env.CUTTLE_CONFIG
  return loadConfig(path === undefined ? undefined : { path, text: textOf(path) }, given)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Fault([
      `${path}: ${(error as NodeJS.ErrnoException).code}: cannot read the file; check --config`,
    ])
  }
}
