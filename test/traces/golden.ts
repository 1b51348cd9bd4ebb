/** What a trace must say: the events of its replay, one JSON object a line, without what differs from run to run. */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRules } from '../../agent/behaviour/rule-files.ts'
import { replayFile } from '../../agent/commands/replay.ts'
import type { SensorEvent } from '../../agent/event.ts'
import { roster } from '../../rotation/roster.ts'
import { TRACES } from './trace-file.ts'

const RULES = readRules(fileURLToPath(new URL('../../agent/behaviour/rules', import.meta.url)))
/** The machine that the clients of a folder met; the others met the first. */
const PERSONAS: Readonly<Record<string, string>> = {
  telnet: 'dvr-jaws',
  mssql: 'windows-server-2016',
}

export type Replayed = {
  readonly events: readonly SensorEvent[]
  /** What replay complained of. */
  readonly complaints: readonly string[]
}

/** `http/jaws-fragmented` and so on. */
export const traceNames = (): string[] =>
  globSync('*/*.pcap', { cwd: TRACES })
    .map((name) => name.slice(0, -'.pcap'.length))
    .sort()

export async function replayTrace(name: string): Promise<Replayed> {
  const persona = PERSONAS[name.split('/')[0] ?? ''] ?? 'ubuntu-22-04'
  return replayCapture(join(TRACES, `${name}.pcap`), persona)
}

export async function replayCapture(path: string, persona = 'ubuntu-22-04'): Promise<Replayed> {
  const data = roster.find(({ id }) => id === persona)
  if (data === undefined) throw new Error(`no persona: ${persona}`)
  const events: SensorEvent[] = []
  const complaints: string[] = []
  await replayFile(path, {
    data,
    rules: RULES,
    emit: (event) => void events.push(event),
    complain: (line) => void complaints.push(line),
  })
  return { events, complaints }
}

/** Ids, flows and the identity are drawn anew; times are the capture's. */
export function goldenLine(event: SensorEvent): string {
  const { id, ...head } = event.event
  const { flow, identity, ...cuttle } = event.cuttle
  const { observer, ...rest } = event
  return JSON.stringify({ ...rest, event: head, cuttle })
}

export async function writeGolden(only: string): Promise<void> {
  for (const name of traceNames().filter((name) => name.startsWith(only))) {
    const { events } = await replayTrace(name)
    const path = join(TRACES, `${name}.events.jsonl`)
    writeFileSync(path, events.map((event) => `${goldenLine(event)}\n`).join(''))
    console.log(`${name} ${events.length} events`)
  }
}
