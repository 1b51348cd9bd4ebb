/** One event as one line for a person. Nothing of it can move the cursor: control characters are shown, not sent. */
import type { SensorEvent } from '../event.ts'

const MAX_CHARS = 400

export function line(event: SensorEvent): string {
  const { source, destination, network, cuttle } = event
  const time = event['@timestamp'].slice(11, 19)
  const from = `${source?.ip ?? '-'}${source?.port === undefined ? '' : `:${source.port}`}`
  const to = destination?.port === undefined ? '' : ` → ${destination.port}`
  const what = [
    event.rule?.name,
    event.vulnerability?.id.join(' '),
    event.threat?.software &&
      [event.threat.software.name, ...(event.threat.software.alias ?? [])].join('/'),
    ...(event.threat?.indicator ?? []).map((i) => i.url ?? i.ip),
    event.user && `${event.user.name}${cuttle.credential ? `:${cuttle.credential.secret}` : ''}`,
    event.process?.command_line,
    event.http && `${event.http.request.method} ${event.url?.original}`,
    cuttle.ports && `${cuttle.ports_count} ports ${cuttle.ports}`,
    cuttle.attempts !== undefined && `${cuttle.attempts} attempts`,
    cuttle.tool ?? cuttle.scanner,
    cuttle.client,
    event.file?.name,
    cuttle.payload?.preview,
    event.message,
  ].filter(Boolean)
  const name = network?.protocol ?? ''
  const text = `${time}  ${event.event.action.padEnd(11)} ${from}${to}  ${name}  ${what.join(' · ')}`
  return `${visible(text.slice(0, MAX_CHARS))}\n`
}

/** Nothing that moves the cursor, turns the text around, ends a line or cannot be seen. */
const visible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '·')
