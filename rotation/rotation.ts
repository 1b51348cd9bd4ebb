import type { Persona } from './persona.ts'

/** Who is on duty, as a pure function of time: same seed, same roster, same answer. */
export interface Rotation {
  at(now: number): Persona
  /** Milliseconds since the epoch; Infinity: never. */
  nextChange(now: number): number
}

/** One machine for ever. */
export const steady = (persona: Persona): Rotation => ({
  at: () => persona,
  nextChange: () => Number.POSITIVE_INFINITY,
})
