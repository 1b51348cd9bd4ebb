/** The only writer to stderr: what the operator must know, never what a visitor sent. */
import pino from 'pino'

export type Log = pino.Logger

/** One JSON line an entry on stderr (fd 2), written at once. */
export const createLog = (level: string): Log =>
  pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
