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
