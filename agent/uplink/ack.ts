/** The hub's acknowledgement, as it comes off the wire. */
import type { Ack } from '../event.ts'

/** `resend`: the hub misses a batch before the ones it got, or has only just come up. */
export type WireAck = Ack & { readonly resend: boolean }

/** Far more than an acknowledgement needs. */
const MAX_ACK_BYTES = 1024

/** undefined for anything else. */
export const parseAck = (payload: Uint8Array): WireAck | undefined => {
  if (payload.length > MAX_ACK_BYTES) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString())
    if (typeof value !== 'object' || value === null) return undefined
    if (!('epoch' in value) || !('upto' in value)) return undefined
    const { epoch, upto } = value
    if (typeof epoch !== 'string' || !Number.isSafeInteger(upto)) return undefined
    return { epoch, upto: Number(upto), resend: 'resend' in value && value.resend === true }
  } catch {
    return undefined
  }
}
