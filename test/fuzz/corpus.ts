/** Ethernet frames of the captures in ../shared/corpus: read in place, when it is there. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { captureFrames } from '../../agent/link/capture-file.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/corpus', import.meta.url))
const MAX_FILE_BYTES = 300_000
const MAX_FRAMES_A_FILE = 40
const MAX_FRAME_BYTES = 1514

export function corpusFrames(): Uint8Array[] {
  if (!existsSync(FOLDER)) return []
  const frames: Uint8Array[] = []
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).sort()
  for (const name of files.filter((file) => /\.pcap(ng)?$/.test(file))) {
    const path = join(FOLDER, name)
    if (statSync(path).size <= MAX_FILE_BYTES) frames.push(...framesOf(path))
  }
  return frames
}

function framesOf(path: string): Uint8Array[] {
  const file = new Uint8Array(readFileSync(path))
  let at = 0
  const read = (bytes: number): Uint8Array => {
    const part = file.slice(at, at + bytes)
    at += part.length
    return part
  }
  const frames: Uint8Array[] = []
  try {
    for (const frame of captureFrames(path, read)) {
      if (frames.length >= MAX_FRAMES_A_FILE) break
      if (frame.link === 'ethernet' && frame.bytes.length <= MAX_FRAME_BYTES)
        frames.push(Uint8Array.from(frame.bytes))
    }
  } catch {
    // A damaged capture gives what it has: the reader has tests of its own.
  }
  return frames
}
