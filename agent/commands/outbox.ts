/** The outbox of a state directory, for a command that looks beside the sensor. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readStore, type StoreReader } from '../store/read-store.ts'

/** Throws with a message for the operator. */
export function openOutbox(state: string): StoreReader {
  const path = join(state, 'outbox.db')
  if (!existsSync(path))
    throw new Error(`no outbox at ${path}; name the --state of a sensor that has run, or be root`)
  try {
    const store = readStore(path)
    store.status()
    return store
  } catch (error) {
    throw new Error(
      `cannot read the outbox ${path} (${(error as Error).message}); a sensor sets a damaged one aside when it starts`,
    )
  }
}
