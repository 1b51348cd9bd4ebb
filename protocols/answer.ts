/** The law of datagrams: never more bytes out than in, until the source is proven. */
import type { DatagramVisit } from './protocol.ts'

/** Sends the first of `answers`, best first, that the visitor's allowance has room for; or none. */
export function answer(visit: DatagramVisit, ...answers: readonly Uint8Array[]): boolean {
  const { allowance } = visit
  const fitting = answers.find((bytes) => bytes.length <= allowance)
  return fitting !== undefined && visit.reply(fitting)
}
