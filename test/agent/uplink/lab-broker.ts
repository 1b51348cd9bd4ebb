/** A mosquitto for a test: loopback, a free port, nothing kept on disk. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Ends with `end`; the caller tears it down. */
export const startMosquitto = async (
  directory: string,
  port: number,
  more = '',
): Promise<{ end: (signal?: NodeJS.Signals) => Promise<void> }> => {
  const config = join(directory, 'mosquitto.conf')
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_type all\n${more}`,
  )
  const child: ChildProcess = spawn('/usr/sbin/mosquitto', ['-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(said)))
    child.stderr?.on('data', (chunk) => {
      said += chunk
      if (said.includes(' running')) resolve()
    })
  })
  return {
    end: async (signal = 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
    },
  }
}

/** Looks every 20 ms; throws after `ms`. */
export const until = async (holds: () => boolean, what: string, ms = 15_000): Promise<void> => {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > ms) throw new Error(`waited ${ms} ms for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
