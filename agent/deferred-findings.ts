/**
 * The rules take longer to load than the stack takes to answer: until they are there, what they
 * are to judge waits in order, bounded, and is judged then.
 */

import type { Observation } from '../protocols/observation.ts'
import type { Finding } from './behaviour/finding.ts'
import type { FindingContext, Findings } from './behaviour/findings.ts'

/** Judgements that may wait; more than comes in the time of loading. */
const MAX_WAITING = 10_000

type Judge = (findings: Findings) => readonly Finding[]

export class DeferredFindings {
  #findings: Findings | undefined
  #waiting: (() => void)[] = []
  lost = 0

  /** `say` is called now or when the rules are there. */
  observe(
    context: FindingContext,
    observation: Observation,
    say: (finding: Finding) => void,
  ): void {
    this.#judge((findings) => findings.observe(context, observation), say)
  }

  payload(context: FindingContext, text: string, say: (finding: Finding) => void): void {
    this.#judge((findings) => findings.payload(context, text), say)
  }

  ready(findings: Findings): void {
    this.#findings = findings
    const waiting = this.#waiting
    this.#waiting = []
    for (const judge of waiting) judge()
  }

  #judge(judge: Judge, say: (finding: Finding) => void): void {
    const findings = this.#findings
    if (findings !== undefined) for (const finding of judge(findings)) say(finding)
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(() => this.#judge(judge, say))
    else this.lost++
  }
}
