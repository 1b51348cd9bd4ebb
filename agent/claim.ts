/** The machines take up their addresses, as booting machines do: step by step, in the background. */
import type { Resident6 } from './residents.ts'
import { STEP_MS } from './stack/arp.ts'
import type { Stack } from './stack/stack.ts'

/** Returns what stops it. */
export function claim(
  stack: Stack,
  addresses: readonly number[],
  machines6: readonly Resident6[],
): () => void {
  for (const { words } of machines6) stack.join6(words)
  let claiming = addresses
  let settled = machines6.length === 0
  const take = (step: number): void => {
    claiming = claiming.filter((address) => stack.join(address, step))
    // PROBE_MS of neighbour discovery is the same second.
    if (step === 1 && !settled) {
      settled = true
      for (const { words } of machines6) stack.settle6(words)
    }
    if (claiming.length > 0 || !settled) timer = setTimeout(take, STEP_MS, step + 1)
  }
  let timer: NodeJS.Timeout | undefined
  take(0)
  return () => clearTimeout(timer)
}
