/** A visitor at the prompt: read a line, run it, answer, until he leaves. */
import type { Shell } from './shell.ts'
import type { Terminal } from './terminal.ts'

/** Lines of one visit. */
const MAX_LINES = 2000

/** The status of the last line. */
export async function converse(
  shell: Shell,
  terminal: Terminal,
  pause: (ms: number) => Promise<void>,
): Promise<number> {
  let last = 0
  try {
    await terminal.write(shell.greeting)
    for (let lines = 0; lines < MAX_LINES; lines++) {
      await terminal.write(shell.prompt)
      const line = await terminal.line('echo')
      if (line === undefined) break
      const { output, delayMs, exited, status } = shell.run(line)
      if (delayMs > 0) await pause(delayMs)
      await terminal.write(output)
      last = status
      if (exited) break
    }
    return last
  } finally {
    shell.close()
  }
}
