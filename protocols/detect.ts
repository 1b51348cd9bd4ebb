/** Which protocol is this? By payload; the port only breaks ties. */
import type { Protocol } from './protocol.ts'

/** Bytes of the opening that recognition looks at; a flow still undecided after them is unknown. */
export const MAX_HEAD_BYTES = 1024

/** `undefined`: none of these, for ever. `protocols` are of the flow's transport. */
export function detect(
  protocols: readonly Protocol[],
  port: number,
  head: Uint8Array,
): Protocol | 'more' | undefined {
  let sure: Protocol | undefined
  let open = false
  for (const protocol of protocols) {
    const verdict = protocol.detect(head)
    if (verdict === 'yes' && (sure === undefined || protocol.ports.includes(port))) sure = protocol
    if (verdict === 'more') open = true
  }
  if (sure !== undefined) return sure
  return open && head.length < MAX_HEAD_BYTES ? 'more' : undefined
}
