/** The commands of the one executable. A command's code is loaded when it is called. */
import { Fault } from './fault.ts'
import type { Command, ExitCode, Invocation } from './invocation.ts'

const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>> =
  {
    run: ['the sensor in the foreground', async () => (await import('./commands/run.ts')).run],
    hub: ['the hub in the foreground', async () => (await import('./commands/elsewhere.ts')).hub],
    demo: [
      'sensor, hub and real attack clients in private network namespaces',
      async () => (await import('./commands/elsewhere.ts')).demo,
    ],
    replay: [
      'a capture file through the same pipeline; one JSON event a line',
      async () => (await import('./commands/replay.ts')).replay,
    ],
    events: ['what the outbox holds', async () => (await import('./commands/events.ts')).events],
    status: [
      'persona, doors, rates, outbox depth, what the hub last acknowledged',
      async () => (await import('./commands/status.ts')).status,
    ],
    persona: ['list | show ID', async () => (await import('./commands/persona.ts')).persona],
    doctor: [
      'what would keep this machine from working, and the remedy',
      async () => (await import('./commands/doctor.ts')).doctor,
    ],
  }

export async function cli(invocation: Invocation): Promise<ExitCode> {
  const [name, ...args] = invocation.args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    invocation.write(help())
    return name === undefined ? 2 : 0
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) {
    invocation.complain(`cuttle: no command '${name}'; see cuttle --help`)
    return 2
  }
  const command = await entry[1]()
  if (command.usage !== '' && (args.includes('--help') || args.includes('-h'))) {
    invocation.write(typeof command.usage === 'string' ? command.usage : await command.usage())
    return 0
  }
  try {
    return await command.run({ ...invocation, args })
  } catch (error) {
    if (error instanceof Fault) {
      for (const fault of error.faults) invocation.complain(`cuttle ${name}: ${fault}`)
      return 2
    }
    invocation.complain(`cuttle ${name}: ${(error as Error).message}`)
    return 1
  }
}

function help(): string {
  const rows = Object.entries(commands).map(([name, [summary]]) => `  ${name.padEnd(9)} ${summary}`)
  return `cuttle: a honeypot sensor that is another machine\n\nusage: cuttle COMMAND [options]\n\n${rows.join('\n')}\n\nEvery command explains itself: cuttle COMMAND --help\n`
}
