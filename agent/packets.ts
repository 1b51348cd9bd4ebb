/** The packet thread seen from the main thread: a worker, or the main thread itself where the link must stay there. */
import { extname } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { FromThread, ToThread } from './thread-messages.ts'

export type PacketListener = {
  hear(message: FromThread): void
  failed(error: Error): void
  exited(): void
}

export interface PacketThread {
  open(listener: PacketListener): void
  tell(message: ToThread, transfer?: readonly ArrayBuffer[]): void
  close(): Promise<void>
}

/**
 * Three halves of V8's semi-space: what a flood leaves is collected in half a millisecond, and most short
 * sessions still die young. The main thread, whose events wait for their transaction, keeps V8's own size.
 */
const YOUNG_MB = 12

/** Begins to load at once, in a thread of its own. */
export function packetWorker(): PacketThread {
  // Beside this file, under its own ending: .ts in a checkout, .js in the bundle.
  const entry = new URL(`./packet-thread${extname(import.meta.url)}`, import.meta.url)
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB }
  const worker = new Worker(entry, { name: 'packets', resourceLimits })
  return {
    open({ hear, failed, exited }) {
      worker.on('message', hear)
      worker.on('error', failed)
      worker.on('exit', exited)
    },
    tell: (message, transfer = []) => worker.postMessage(message, transfer),
    close: async () => {
      await worker.terminate()
    },
  }
}

/** node-pcap aborts in a worker: the same code over a message channel. */
export async function packetsHere(): Promise<PacketThread> {
  const { listen } = await import('./packet-thread.ts')
  const { port1, port2 } = new MessageChannel()
  listen(port2)
  return {
    open({ hear, exited }) {
      port1.on('message', hear)
      port1.on('close', exited)
    },
    tell: (message, transfer = []) => port1.postMessage(message, [...transfer]),
    close: async () => port1.close(),
  }
}
