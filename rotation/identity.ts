/** One seed, and everything a visitor could compare between two sensors follows from it (HKDF-SHA256, RFC 5869). */
import { hkdfSync } from 'node:crypto'
import type { Identity } from '../protocols/protocol.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** `hostname`: '#' becomes a letter or digit of this identity's own. `now`: ms since 1970. */
export function createIdentity(
  seed: Uint8Array,
  hostname: string,
  now: () => number,
): Identity & { readonly id: string } {
  const secret = (label: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', seed, 'cuttle-identity-v1', label, length))
  const drawn = secret('hostname', Math.max(hostname.length, 1))
  const name = [...hostname].map((c, i) =>
    c === '#' ? LETTERS[drawn.readUInt8(i) % LETTERS.length] : c,
  )
  return { id: secret('id', 8).toString('hex'), hostname: name.join(''), secret, now }
}
