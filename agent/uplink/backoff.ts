/** Full-jitter exponential back-off: sensors that lost one broker together do not come back together. */

export const FIRST_DELAY_MS = 1000
export const LONGEST_DELAY_MS = 5 * 60 * 1000

/** Milliseconds to wait after that many failures in a row (1 for the first); `random` is in [0, 1). */
export const backoff = (failures: number, random: number): number => {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20))
  return Math.round(ceiling * random)
}
