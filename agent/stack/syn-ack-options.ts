/** The options of a SYN-ACK: only what was offered, in the order and with the padding of the persona's family. */
import type { Traits } from '../../rotation/traits.ts'
import * as tcp from '../wire/tcp.ts'

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
