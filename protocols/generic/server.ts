/** A service that nobody understands: it reads and says nothing. */
import type { Session } from '../protocol.ts'

/** Bytes it reads before it leaves. */
export const MAX_HELD_BYTES = 1024 * 1024

/** Until the visitor leaves, or has said too much. */
export async function hold(session: Session): Promise<void> {
  for (let held = 0; held < MAX_HELD_BYTES; ) {
    const bytes = await session.reader.chunk()
    if (bytes === undefined) return
    held += bytes.length
  }
}
