/** TCP option order as one integer: 4 bits an option, the first lowest (the codes of SynFacts.layoutLow). */
export const MSS = 1
export const NOP = 2
export const SCALE = 3
export const SACK_PERMITTED = 4
export const TIMESTAMPS = 5
export const END = 6
export const SACK = 7
export const OTHER = 8

/** Options that SynFacts has room for. */
export const MAX_OPTIONS = 14
const CODES_PER_WORD = 7

/** Up to seven option codes as a layout word. */
export function layout(...codes: number[]): number {
  let word = 0
  for (let i = 0; i < codes.length; i++) word |= (codes[i] as number) << (4 * i)
  return word
}

/** The code of option `index`; 0: none. */
export function optionAt(low: number, high: number, index: number): number {
  return index < CODES_PER_WORD
    ? (low >>> (4 * index)) & 15
    : (high >>> (4 * (index - CODES_PER_WORD))) & 15
}
