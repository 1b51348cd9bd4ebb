/** `cuttle run`: the sensor in the foreground. */
import { availableParallelism } from 'node:os'
import type { Command } from '../invocation.ts'
import { type PacketThread, packetsHere, packetWorker } from '../packets.ts'

export const run: Command = {
  name: 'run',
  summary: 'the sensor in the foreground',
  usage: async () => (await import('./configured.ts')).usage,
  async run(invocation) {
    // The thread that answers loads while this one reads the configuration.
    const first = packetWorker()
    const workers = [first]
    const close = (): Promise<unknown> => Promise.all(workers.map((worker) => worker.close()))
    try {
      const { configOf } = await import('./configured.ts')
      const config = configOf(invocation)
      const { lanes, workersOf } = await import('../lanes.ts')
      const count = workersOf(config, availableParallelism())
      while (workers.length < count) workers.push(packetWorker())
      let thread: PacketThread = count === 1 ? first : lanes(workers)
      if (config.link === 'pcap') {
        await close()
        thread = await packetsHere()
      }
      const { runSensor } = await import('../run-sensor.ts')
      return await runSensor(config, thread, invocation)
    } finally {
      await close()
    }
  },
}
