/** `cuttle run`: the sensor in the foreground. */
import { readFileSync } from 'node:fs'
import {
  type Config,
  ConfigFault,
  flagOf,
  type Given,
  KEYS,
  loadConfig,
  variableOf,
} from '../config.ts'
import type { Command, Invocation } from '../invocation.ts'
import { createLog } from '../log.ts'
import { type Flag, parseOptions } from '../options.ts'
import { Sensor } from '../sensor.ts'

const usage = `usage: cuttle run --interface IF --address IP/LEN [options]

Every key is a flag, a key of the TOML file and a CUTTLE_* variable (flow.max: --flow-max, CUTTLE_FLOW_MAX).

  --config FILE                  TOML file; flags and variables win over it
${KEYS.map(([key, help]) => `  --${`${flagOf(key)} VALUE`.padEnd(28)} ${help}`).join('\n')}

Example: cuttle run --interface eth1 --address 192.0.2.10/24 --gateway 192.0.2.1 --hub mqtt://hub.example:1883
`

/** File, variables and flags of a command line. Throws ConfigFault or WrongUse. */
export function configOf(invocation: Invocation): Config {
  const known: Record<string, Flag> = { config: { value: true } }
  for (const [key] of KEYS) known[flagOf(key)] = { value: true, repeat: key === 'address' }
  const { flags, rest } = parseOptions(invocation.args, known)
  if (rest.length > 0) throw new ConfigFault([`what is '${rest[0]}'? see --help`])
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
    throw new ConfigFault([
      `${path}: ${(error as NodeJS.ErrnoException).code}: cannot read the file; check --config`,
    ])
  }
}

export const run: Command = {
  name: 'run',
  summary: 'the sensor in the foreground',
  usage,
  async run(invocation) {
    const config = configOf(invocation)
    const sensor = new Sensor({
      config,
      home: invocation.home,
      log: createLog(config.log),
      sshConnection: invocation.env.SSH_CONNECTION,
    })
    let stopping = false
    const stopped = new Promise<void>((done) => {
      invocation.onStop(() => {
        stopping = true
        void sensor.stop().then(done)
      })
    })
    try {
      await sensor.start()
      await Promise.race([sensor.end, stopped])
    } catch (error) {
      if (!stopping) await sensor.stop()
      throw error
    }
    if (stopping) await stopped
    return 0
  },
}
