/** The link that the configuration asks for, with its recorder; of a lane: its share of the interface. */
import { wallClock } from './clock.ts'
import type { Link } from './link/link.ts'
import type { ThreadInput } from './thread-messages.ts'

export type OpenedLink = {
  readonly link: Link
  /** Of a lane. */
  readonly group: number
  /** Frames that the recorder could not write. */
  readonly unrecorded: () => number
}

export async function openLink(
  input: ThreadInput,
  trouble: (error: Error) => void,
): Promise<OpenedLink> {
  const { config, lane } = input
  let group = 0
  let link: Link
  if (config.link === 'ring') {
    const join = lane && { group: lane.group ?? ('new' as const) }
    const ring = (await import('./link/ring.ts')).openRing(config.interface, { trouble, ...join })
    group = ring.group
    link = ring
  } else link = (await import('./link/pcap.ts')).openPcap(config.interface, { trouble })
  if (config.record === undefined) return { link, group, unrecorded: () => 0 }
  const { record } = await import('./link/record.ts')
  const { directory, file_bytes: fileBytes, files } = config.record
  const recorder = record(link, { directory, fileBytes, files, clock: wallClock })
  return { link: recorder, group, unrecorded: () => recorder.recording().lost }
}
