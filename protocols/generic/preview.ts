/** What unknown bytes look like to a reader. */

/** At most `max` bytes of `bytes`; what is not printable ASCII becomes \xHH, a backslash is doubled. */
export function preview(bytes: Uint8Array, max: number): string {
  let text = ''
  for (const byte of bytes.subarray(0, max))
    if (byte === 0x5c) text += '\\\\'
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\x${byte.toString(16).padStart(2, '0')}`
  return text
}
