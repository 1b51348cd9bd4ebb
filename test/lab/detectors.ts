/** The published honeypot detectors (deception.md 1.2) as probes against a running sensor. */
import { addressDetectors } from './detect-addresses.ts'
import { connectionDetectors } from './detect-connections.ts'
import { contentDetectors } from './detect-content.ts'
import { negativeDetector } from './detect-negative.ts'
import { nonceDetector } from './detect-nonces.ts'
import { scanDetectors, sweep } from './detect-scans.ts'
import { type Detector, type Outcome, outcome, VISITORS } from './detector.ts'
import type { Finding, Judged } from './judge-stage.ts'
import type { Machine } from './lab.ts'
import { RawVisitor } from './raw-visitor.ts'
import { Talker } from './talker.ts'

/** They wait more than they work. */
const AT_ONCE = 3

export const detectors: readonly Detector[] = [
  ...scanDetectors,
  ...connectionDetectors,
  ...contentDetectors,
  nonceDetector,
  negativeDetector,
  ...addressDetectors,
]

/** Every detector with a visitor of its own: a sensor treats who has scanned it as a scanner. */
export async function detect(
  judged: Judged,
  chosen: readonly Detector[] = detectors,
): Promise<Finding[]> {
  const { attacker } = judged.lab
  const talker = new Talker(attacker, judged.runtime)
  const findings: Finding[] = []
  const left = [...chosen.entries()]
  try {
    const open = await as(0, attacker, (visitor) => sweep(visitor, judged.address))
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [n, { name, run }] = next
        const found = as(n + 1, attacker, (visitor) => run({ ...judged, visitor, talker, open }))
        findings[n] = { name, ...(await found.catch(brokenOff)) }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  } finally {
    await talker.close()
  }
  return findings
}

const brokenOff = (error: Error): Outcome => outcome(false, `broke off: ${error.message}`)

async function as<T>(
  n: number,
  machine: Machine,
  act: (visitor: RawVisitor) => Promise<T>,
): Promise<T> {
  const visitor = await RawVisitor.open(machine, `${VISITORS}.${n + 1}`)
  try {
    return await act(visitor)
  } finally {
    await visitor.close()
  }
}
