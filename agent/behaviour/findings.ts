/** Observations in, findings out: the rules, and the memory of who has tried to log in how often. */
import type { Observation } from '../../protocols/observation.ts'
import { BruteForce } from './bruteforce.ts'
import type { Finding } from './finding.ts'
import type { Rules } from './rules.ts'

export type FindingContext = {
  /** The visitor's address as text. */
  readonly source: string
  /** Protocol id. */
  readonly protocol: string
  /** Local port. */
  readonly port: number
  /** Milliseconds, of any clock that does not step back. */
  readonly now: number
}

export interface Findings {
  /** A shared empty array when there is nothing to say. */
  observe(context: FindingContext, observation: Observation): readonly Finding[]
  /** The same for the opening bytes (as latin1 text) of a flow that no protocol has claimed. */
  payload(context: FindingContext, text: string): readonly Finding[]
}

/** The protocol id that rules know an unclaimed flow by. */
const UNCLAIMED = 'payload'

export function createFindings(rules: Rules): Findings {
  const bruteForce = new BruteForce()
  return {
    observe({ source, protocol, now }, observation) {
      const findings = rules.observe(protocol, observation)
      if (observation.kind === 'client')
        bruteForce.client(source, protocol, observation.software, now)
      if (observation.kind !== 'credential') return findings
      const series = bruteForce.credential(source, protocol, observation, now)
      return series === undefined ? findings : [...findings, series]
    },
    payload: (_context, text) => rules.payload(UNCLAIMED, text),
  }
}
