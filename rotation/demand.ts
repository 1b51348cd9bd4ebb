/**
 * The demand-driven ports of an identity: up to three that are not the persona's, drawn by what is
 * asked for, and fixed for the identity's life (a port that opens for one visitor and not for
 * another is a tell).
 */

/** Ports that Internet-wide scans ask for most besides the classic ones (public scan reports, 2020–2026): the weights before anything was counted here. */
const PRIOR: readonly (readonly [port: number, weight: number])[] = [
  [8080, 10],
  [8443, 8],
  [2323, 8],
  [5555, 7],
  [81, 6],
  [8081, 5],
  [8888, 5],
  [9000, 4],
  [7547, 4],
  [60001, 4],
  [37215, 3],
  [52869, 3],
  [2222, 3],
  [88, 2],
  [8000, 4],
  [10000, 2],
]
/** What was counted here weighs as much as the prior from this many SYNs on. */
const COUNTED_FULLY_AT = 1_000
const PRIOR_TOTAL = PRIOR.reduce((sum, [, weight]) => sum + weight, 0)
/** What all-port detectors probe; a port in there needs real demand. */
const PROBED_FIRST = 32_768
const MAX_EXTRA = 3
/** Ports of persona and demand together: what no scanner takes for a pseudo-service. */
const MAX_OPEN = 10

/** `counted`: SYNs by port, outside the persona's. `secret`: 16 bytes of the identity's own. */
export function drawExtraPorts(
  counted: ReadonlyMap<number, number>,
  own: readonly number[],
  secret: Buffer,
): readonly number[] {
  const total = [...counted.values()].reduce((sum, n) => sum + n, 0)
  const weights = new Map<number, number>(PRIOR)
  const share = PRIOR_TOTAL / Math.max(total, COUNTED_FULLY_AT)
  for (const [port, count] of counted)
    if (port < PROBED_FIRST || weights.has(port))
      weights.set(port, (weights.get(port) ?? 0) + count * share)
  for (const port of own) weights.delete(port)
  const wanted = Math.min(secret.readUInt8(0) % (MAX_EXTRA + 1), Math.max(MAX_OPEN - own.length, 0))
  const drawn: number[] = []
  for (let i = 0; i < wanted && weights.size > 0; i++) {
    const sum = [...weights.values()].reduce((a, b) => a + b, 0)
    let point = (secret.readUInt32BE(4 * (i + 1) - 3) / 2 ** 32) * sum
    for (const [port, weight] of weights) {
      point -= weight
      if (point > 0) continue
      drawn.push(port)
      weights.delete(port)
      break
    }
  }
  return drawn
}
