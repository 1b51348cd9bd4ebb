import type { Judged, Verdict } from './judge-stage.ts'
import type { RawVisitor } from './raw-visitor.ts'
import type { Talker } from './talker.ts'

/** Addresses of the attack net that no kernel has. */
export const VISITORS = '198.18.2'

export type Probed = Judged & {
  readonly visitor: RawVisitor
  readonly talker: Talker
  /** Ports that a sweep over all of them found open. */
  readonly open: readonly number[]
}
export type Outcome = { readonly verdict: Verdict; readonly why: string }
export type Detector = {
  readonly name: string
  readonly run: (probed: Probed) => Promise<Outcome>
}

export const outcome = (passed: boolean, why: string): Outcome => ({
  verdict: passed ? 'pass' : 'fail',
  why,
})
export const skipped = (why: string): Outcome => ({ verdict: 'skip', why })
/** Passed when nothing is wrong. */
export const faults = (wrong: readonly string[], well: string): Outcome =>
  outcome(wrong.length === 0, wrong.length === 0 ? well : wrong.join('; '))

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
