/** `cuttle run`: the sensor in the foreground. */
import type { Command } from '../invocation.ts'
import { packetsHere, packetWorker } from '../packets.ts'

export const run: Command = {
  name: 'run',
  summary: 'the sensor in the foreground',
  usage: async () => (await import('./configured.ts')).usage,
  async run(invocation) {
    // The thread that answers loads while this one reads the configuration.
    const worker = packetWorker()
    try {
      const { configOf } = await import('./configured.ts')
      const config = configOf(invocation)
      const thread = config.link === 'pcap' ? await packetsHere() : worker
      if (thread !== worker) await worker.close()
      const { runSensor } = await import('../run-sensor.ts')
      return await runSensor(config, thread, invocation)
    } finally {
      await worker.close()
    }
  },
}
