/** Header lines of a text message (RFC 2326, RFC 3261, RFC 9110): `Name: value`. */

/** Where a header is looked for. */
const MAX_HEAD_BYTES = 4096
const COLON = 0x3a
const LF = 0x0a

/** As token characters go in the headers that there are. */
export const isFieldName = (name: unknown): name is string =>
  typeof name === 'string' && /^[A-Za-z-]{1,64}$/.test(name)

/** The value of the first line that has this name, in printable ASCII, at most `most` characters; '' when there is none. */
export function fieldOf(message: Uint8Array, name: string, most: number): string {
  const head = Buffer.from(message.buffer, message.byteOffset, message.length)
  const end = Math.min(head.length, MAX_HEAD_BYTES)
  const wanted = name.toLowerCase()
  for (let at = 0; at < end; ) {
    const feed = head.indexOf(LF, at)
    const stop = feed < 0 ? end : Math.min(feed, end)
    const colon = at + name.length
    if (head[colon] === COLON && head.toString('latin1', at, colon).toLowerCase() === wanted)
      return printable(head.subarray(colon + 1, stop), most)
    at = stop + 1
  }
  return ''
}

function printable(bytes: Uint8Array, most: number): string {
  let text = ''
  for (const byte of bytes) {
    if (text.length === most) break
    if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else if (byte === 0x20 && text !== '') text += ' '
  }
  return text.trimEnd()
}
