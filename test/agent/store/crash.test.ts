/** SIGKILL in the middle of the work: at most what was not yet committed is lost. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { openStore } from '../../../agent/store/open-store.ts'
import { countingRandom } from './event-text.ts'

const WRITER = join(import.meta.dirname, 'crash-writer.ts')

t.test('kill -9 loses nothing that was committed', async (t) => {
  const file = join(t.testdir(), 'outbox.db')
  let committed = 0
  for (let round = 1; round <= 3; round++) {
    const child = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    let lines = 0
    for await (const line of createInterface({ input: child.stdout })) {
      committed = Number(line)
      if (++lines === 20) child.kill('SIGKILL')
    }
    await exited
    t.equal(child.signalCode, 'SIGKILL')
    const { store, notice } = openStore(file, { random: countingRandom(), now: 0 })
    t.equal(notice, undefined, 'not damaged')
    const { depth, lastSequence } = store.status()
    t.ok(committed > 0 && lastSequence >= committed, `${lastSequence} of at least ${committed}`)
    t.equal(depth, lastSequence)
    const rows = store.pending(0, 1 << 30)
    t.equal(rows.length, depth)
    t.ok(rows.every((row, i) => row.sequence === i + 1 && JSON.parse(row.json).event.id))
    store.close()
  }
})
