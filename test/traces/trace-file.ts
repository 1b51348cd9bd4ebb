/** A trace: a small capture at <protocol>/<what-it-shows>.pcap beside this file. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { captureHeader, captureRecord } from '../../agent/link/capture-file.ts'

export const TRACES = fileURLToPath(new URL('.', import.meta.url))
export const MAX_TRACE_BYTES = 30 * 1024

/** `time` in milliseconds since the epoch. */
export type TimedFrame = { readonly bytes: Uint8Array; readonly time: number }

/** Returns its size in bytes. Throws when it is no small capture. */
export function writeTrace(name: string, frames: readonly TimedFrame[]): number {
  const file = Buffer.concat([
    captureHeader(),
    ...frames.map(({ bytes, time }) => captureRecord(bytes, time)),
  ])
  if (frames.length === 0 || file.length > MAX_TRACE_BYTES)
    throw new Error(`${name}: ${frames.length} frames, ${file.length} bytes`)
  const path = join(TRACES, `${name}.pcap`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, file)
  return file.length
}
