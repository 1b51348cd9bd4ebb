import { parseAddress } from './wire/ipv4.ts'

/** `192.0.2.10/24` → the address as int32 and the length; undefined when it is none. */
export function prefix(text: string): { address: number; length: number } | undefined {
  const [ip, length, rest] = text.split('/')
  const address = parseAddress(ip ?? '')
  if (address === undefined || rest !== undefined) return undefined
  if (length !== undefined && !/^([89]|[12]\d|3[0-2])$/.test(length)) return undefined
  return { address, length: length === undefined ? 32 : Number(length) }
}
