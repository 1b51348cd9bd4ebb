/** The life of a sensor in the foreground: start, wait for a signal or a fault, stop. */
import { flushCompileCache } from 'node:module'
import type { Config } from './config.ts'
import type { ExitCode, Invocation } from './invocation.ts'
import { createLog } from './log.ts'
import type { PacketThread } from './packets.ts'
import { Sensor } from './sensor.ts'
import { trimHeap } from './trim.ts'

/** By then the client library of the uplink is loaded too, and the packet thread has done its exercise, in ms. */
const SETTLED_MS = 5_000

export async function runSensor(
  config: Config,
  thread: PacketThread,
  invocation: Invocation,
): Promise<ExitCode> {
  const { home, env } = invocation
  const sensor = new Sensor({
    config,
    home,
    log: createLog(config.log),
    thread,
    sshConnection: env.SSH_CONNECTION,
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
    flushCompileCache()
    setTimeout(trimHeap, SETTLED_MS).unref()
    await Promise.race([sensor.end, stopped])
  } catch (error) {
    if (!stopping) await sensor.stop()
    throw error
  }
  if (stopping) await stopped
  return 0
}
