/** One seed, and everything a visitor could compare between two sensors follows from it (HKDF-SHA256, RFC 5869). */
import { hkdfSync } from 'node:crypto'
import type { Identity } from '../protocols/protocol.ts'

/** What the marks of a host name's pattern stand for. */
const DRAWN: Readonly<Record<string, string>> = {
  '#': 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  '%': '0123456789',
  $: '0123456789abcdef',
}

/** `hostname`: a pattern (see data.ts). `now`: ms since 1970. */
export function createIdentity(
  seed: Uint8Array,
  hostname: string,
  now: () => number,
): Identity & { readonly id: string } {
  const secret = (label: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', seed, 'cuttle-identity-v1', label, length))
  const drawn = secret('hostname', Math.max(hostname.length, 1))
  const name = [...hostname].map((c, i) => {
    const letters = DRAWN[c]
    return letters === undefined ? c : letters[drawn.readUInt8(i) % letters.length]
  })
  return { id: secret('id', 8).toString('hex'), hostname: name.join(''), secret, now }
}
