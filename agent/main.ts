/** The process: arguments, environment, streams and signals in; a command's exit code out. */
import { fileURLToPath } from 'node:url'
import { cli } from './cli.ts'

process.stdout.on('error', () => process.exit(0))
const stops: (() => void)[] = []
const stop = (): void => {
  for (const action of stops.splice(0)) action()
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
const code = await cli({
  args: process.argv.slice(2),
  env: process.env,
  home: fileURLToPath(new URL('..', import.meta.url)),
  runtime: process.execPath,
  pid: process.pid,
  uid: process.getuid?.() ?? -1,
  terminal: process.stdout.isTTY === true,
  write: (text) => process.stdout.write(text),
  complain: (line) => process.stderr.write(`${line}\n`),
  onStop: (action) => stops.push(action),
})
// A library may still hold the event loop (a closed pcap session does until the next frame).
// What was written goes out first: a pipe takes it piece by piece.
process.stdout.write('', () => process.exit(code))
