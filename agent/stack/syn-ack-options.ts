/** What a SYN-ACK says: only what was offered, in the order and with the padding of the persona's family. */
import type { Traits } from '../../rotation/traits.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as tcp from '../wire/tcp.ts'

/** RFC 9293 3.7.1: what a visitor that names no MSS takes. */
const DEFAULT_MSS = 536

/**
 * linux: M, (S+T | N N T | N N S), [N W]. windows: M, [N W], (the same). bsd: M, [N W], (S+T | N N T | S),
 * padded with END. cisco: M, [S], [N N T], padded. big-ip: M, [N N T], [S], padded. mss-only: M.
 * Returns their length in bytes, a multiple of 4.
 */
export function synAckOptions(
  out: Uint8Array,
  offset: number,
  traits: Traits,
  mss: number,
  scale: boolean,
  sack: boolean,
  timestamps: boolean,
  value: number,
  echo: number,
): number {
  const { layout } = traits
  let at = tcp.emitOption(out, offset, tcp.OPTION_MSS, mss)
  if (layout === 'mss-only') return at - offset
  const scaleLast = layout === 'linux'
  const sackFirst = layout === 'cisco' || (timestamps && layout !== 'big-ip')
  if (scale && !scaleLast) at = scaleOption(out, at, traits)
  if (sack && sackFirst) at = tcp.emitOption(out, at, tcp.OPTION_SACK_PERMITTED)
  if (timestamps) {
    // Two bytes of SACK permitted stand where the NOPs would.
    if (!(sack && sackFirst) || layout === 'cisco') at = twoNops(out, at)
    at = tcp.emitOption(out, at, tcp.OPTION_TIMESTAMPS, value, echo)
  }
  if (sack && !sackFirst) {
    if (layout === 'linux' || layout === 'windows') at = twoNops(out, at)
    at = tcp.emitOption(out, at, tcp.OPTION_SACK_PERMITTED)
  }
  if (scale && scaleLast) at = scaleOption(out, at, traits)
  while ((at - offset) % 4 !== 0) at = tcp.emitOption(out, at, tcp.OPTION_END)
  return at - offset
}

function twoNops(out: Uint8Array, offset: number): number {
  const at = tcp.emitOption(out, offset, tcp.OPTION_NOP)
  return tcp.emitOption(out, at, tcp.OPTION_NOP)
}

function scaleOption(out: Uint8Array, offset: number, traits: Traits): number {
  const at = tcp.emitOption(out, offset, tcp.OPTION_NOP)
  return tcp.emitOption(out, at, tcp.OPTION_SCALE, traits.windowScale)
}

/** The MSS of the SYN-ACK, by the persona's rule; `offered` 0: none. */
export function synAckMss(traits: Traits, ipHeaderBytes: number, offered: number): number {
  // RFC 9293 3.7.1 and RFC 8200 8.3: IPv6 has 20 bytes less.
  const own = traits.mss - (ipHeaderBytes - ipv4.HEADER_BYTES)
  const { mssRule } = traits
  if (mssRule === 'own') return own
  const theirs = offered === 0 ? DEFAULT_MSS : offered
  if (mssRule === 'clamp') return Math.min(own, theirs)
  if (mssRule === 'clamp-536') return Math.min(own, Math.max(theirs, DEFAULT_MSS))
  let largest = mssRule[0] as number
  for (let i = 1; i < mssRule.length; i++) {
    const value = mssRule[i] as number
    if (value <= theirs) largest = value
  }
  return Math.min(own, largest)
}

/** The window of the SYN-ACK. `scaled`: the visitor offers it; `offered`: its MSS, 0: none. */
export function synAckWindow(
  traits: Traits,
  scaled: boolean,
  offered: number,
  stamped: boolean,
): number {
  const window = stamped ? traits.windowWithTimestamps : traits.window
  if (!traits.windowInSegments || scaled) return window
  const mss = Math.max(offered, DEFAULT_MSS)
  return window - (window % mss)
}
