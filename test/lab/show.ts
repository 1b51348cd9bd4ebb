/** How the demo looks: one line an event, and the table at the end. 80 columns. */
import type { SensorEvent } from '../../agent/event.ts'

export type Row = {
  readonly title: string
  readonly sent: number
  readonly answered: number
  readonly recorded: number
  readonly hub: number
}

const WIDTH = 80
const CONTROL = /[^\x20-\x7e]/g

export type Paint = (style: 'dim' | 'bold' | 'red' | 'green', text: string) => string
const CODES = { dim: 2, bold: 1, red: 31, green: 32 }
export const painter =
  (colours: boolean): Paint =>
  (style, text) =>
    colours ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text

export function eventLine(event: SensorEvent, paint: Paint): string {
  const time = event['@timestamp'].slice(11, 19)
  const port = event.destination?.port === undefined ? '' : `:${event.destination.port}`
  const where = `${port} ${event.network?.protocol ?? ''}`.trim()
  // What a visitor sent never reaches a terminal as it is.
  const what = say(event).replaceAll(CONTROL, '?')
  const line = `${event.event.action.padEnd(11)}${where.padEnd(14)} ${what}`
  const text = line.length > WIDTH - 12 ? `${line.slice(0, WIDTH - 13)}…` : line
  return `  ${paint('dim', time)}  ${event.event.kind === 'alert' ? paint('red', text) : text}`
}

function say(event: SensorEvent): string {
  const { cuttle } = event
  const rule = event.rule === undefined ? '' : `${event.rule.name} `
  if (cuttle.credential !== undefined)
    return `${event.user?.name ?? ''} / ${cuttle.credential.secret}`
  if (event.event.action === 'scan')
    return `${cuttle.ports_count ?? '?'} ports ${cuttle.scanner ?? ''} ${cuttle.ports ?? ''}`
  return (
    rule +
    (event.process?.command_line ??
      event.url?.original ??
      cuttle.client ??
      event.threat?.indicator?.[0]?.url ??
      event.message ??
      cuttle.payload?.preview ??
      '')
  )
}

const grouped = (value: number): string => value.toLocaleString('en-US')

export function table(rows: readonly Row[], paint: Paint): string {
  const heading = `  ${'attack'.padEnd(38)}${['sent', 'answered', 'recorded', 'at hub'].map((h) => h.padStart(10)).join('')}`
  const lines = rows.map((row) => {
    const numbers = [row.sent, row.answered, row.recorded, row.hub].map((n) =>
      grouped(n).padStart(10),
    )
    const line = `  ${row.title.padEnd(38)}${numbers.join('')}`
    return arrived(row) ? line : paint('red', line)
  })
  return [paint('bold', heading), ...lines].join('\n')
}

/** Something was sent, and the hub knows of all of it. */
export const arrived = (row: Row): boolean => row.sent > 0 && row.hub >= row.sent
