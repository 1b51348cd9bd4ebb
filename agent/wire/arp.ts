/** ARP for IPv4 over Ethernet (RFC 826). */
import { i32, put16, put32, u16 } from './integers.ts'

export const BYTES = 28
export const REQUEST = 1
export const REPLY = 2

export type Arp = {
  operation: number
  senderHigh: number
  senderLow: number
  senderIp: number
  targetIp: number
}
export const blankArp = (): Arp => ({
  operation: 0,
  senderHigh: 0,
  senderLow: 0,
  senderIp: 0,
  targetIp: 0,
})

/** False: too short, or not IPv4 over Ethernet. */
export function parse(bytes: Uint8Array, offset: number, length: number, into: Arp): boolean {
  if (length < BYTES) return false
  if (u16(bytes, offset) !== 1 || u16(bytes, offset + 2) !== 0x0800) return false
  if (bytes[offset + 4] !== 6 || bytes[offset + 5] !== 4) return false
  into.operation = u16(bytes, offset + 6)
  into.senderHigh = u16(bytes, offset + 8)
  into.senderLow = i32(bytes, offset + 10)
  into.senderIp = i32(bytes, offset + 14)
  into.targetIp = i32(bytes, offset + 24)
  return true
}

export function emit(
  bytes: Uint8Array,
  offset: number,
  operation: number,
  senderMac: Uint8Array,
  senderIp: number,
  targetHigh: number,
  targetLow: number,
  targetIp: number,
): void {
  put16(bytes, offset, 1)
  put16(bytes, offset + 2, 0x0800)
  bytes[offset + 4] = 6
  bytes[offset + 5] = 4
  put16(bytes, offset + 6, operation)
  for (let i = 0; i < 6; i++) bytes[offset + 8 + i] = senderMac[i] as number
  put32(bytes, offset + 14, senderIp)
  put16(bytes, offset + 18, targetHigh)
  put32(bytes, offset + 20, targetLow)
  put32(bytes, offset + 24, targetIp)
}
