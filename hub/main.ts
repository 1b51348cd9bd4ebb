/** `cuttle hub`: the process around the hub. */
import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import process from 'node:process'
import { BrokerError } from './broker.ts'
import { wallClock } from './clock.ts'
import { type Hub, HubError, startHub } from './hub.ts'
import { HELP, parseSettings, type Settings } from './settings.ts'

/** Returns the exit code: 0 ended by a signal, 1 failed, 2 wrong use. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const parsed = parseSettings(argv)
  if (parsed.kind === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  if (parsed.kind === 'faults') {
    for (const fault of parsed.faults) complain(fault)
    return 2
  }
  const { settings } = parsed
  const signalled = signal()
  try {
    const { username, uid } = userInfo()
    const hub = await startHub({
      settings,
      user: { name: username, uid },
      random: (bytes) => randomBytes(bytes),
      now: wallClock,
      warn: complain,
      kill: (pid, name) => process.kill(pid, name),
    })
    announce(hub, settings)
    await signalled
    await hub.stop()
    return 0
  } catch (error) {
    if (!(error instanceof BrokerError) && !(error instanceof HubError)) throw error
    complain(error.message)
    return 1
  }
}

const complain = (message: string): void => {
  process.stderr.write(`cuttle hub: ${message}\n`)
}

const signal = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })

const announce = (hub: Hub, settings: Settings): void => {
  const { http, mqtt, passwordFile } = hub
  if (settings.json) {
    const ready = { ready: true, http, mqtt, state: settings.state, password_file: passwordFile }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
    return
  }
  process.stdout.write(`cuttle hub: ${http}  ${mqtt}  state ${settings.state}\n`)
  if (passwordFile !== undefined)
    process.stdout.write(
      `cuttle hub: sensors come with --hub ${mqtt.replace('mqtt://', 'mqtt://sensor:PASSWORD@')} (PASSWORD is in ${passwordFile})\n`,
    )
}
