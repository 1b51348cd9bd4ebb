import { parseAddress6 } from './wire/address6.ts'
import { parseAddress } from './wire/ipv4.ts'

/** `192.0.2.10/24` → the address as int32 and the length; undefined when it is none. */
export function prefix(text: string): { address: number; length: number } | undefined {
  const [ip, length, rest] = text.split('/')
  const address = parseAddress(ip ?? '')
  if (address === undefined || rest !== undefined) return undefined
  if (length !== undefined && !/^([89]|[12]\d|3[0-2])$/.test(length)) return undefined
  return { address, length: length === undefined ? 32 : Number(length) }
}

/** So many addresses may one sensor have. */
export const MAX_ADDRESSES = 1024

/**
 * The addresses that an operator's list means: `192.0.2.10/24` is one, with the length of its network;
 * `192.0.2.0/24`, the network itself, is every host of it but the `gateway`. Without repetition, in order.
 */
export function addressesOf(
  texts: readonly string[],
  gateway: number | undefined,
): readonly number[] {
  const all = new Set<number>()
  for (const text of texts) {
    const found = prefix(text)
    if (found === undefined) continue
    const { address, length } = found
    const hosts = 2 ** (32 - length)
    if (length > 30 || (address & (hosts - 1)) !== 0) all.add(address)
    else
      for (let host = 1; host < hosts - 1 && all.size <= MAX_ADDRESSES; host++)
        if (address + host !== gateway) all.add((address + host) | 0)
  }
  return [...all]
}

/** `2001:db8::10/64` → the address and the length; undefined when it is none. */
export function prefix6(text: string): { words: Int32Array; length: number } | undefined {
  const [ip, length = '128', rest] = text.split('/')
  const words = parseAddress6(ip ?? '')
  if (words === undefined || rest !== undefined || !/^\d{1,3}$/.test(length)) return undefined
  const bits = Number(length)
  return bits >= 8 && bits <= 128 ? { words, length: bits } : undefined
}

/** Of the operator's list: IPv6 addresses, and networks of 64 bits in which every machine makes its own. */
export function addresses6Of(texts: readonly string[]): {
  readonly fixed: readonly Int32Array[]
  readonly networks: readonly Int32Array[]
} {
  const found = texts.flatMap((text) => prefix6(text) ?? [])
  const isNetwork = ({ words, length }: (typeof found)[number]): boolean =>
    length === 64 && words[2] === 0 && words[3] === 0
  return {
    fixed: found.filter((f) => !isNetwork(f)).map(({ words }) => words),
    networks: found.filter(isNetwork).map(({ words }) => words),
  }
}
