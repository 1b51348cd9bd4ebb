/** The list of protocols, nothing else. Adding one is a folder and a line. */
import type { Protocol } from './protocol.ts'

export const protocols: readonly Protocol[] = []
