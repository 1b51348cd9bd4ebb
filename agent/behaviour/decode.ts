/** The texts behind a field: as sent, percent-decoded, and with '+' as space. */

/** Characters of one field that the rules look at. */
export const MAX_VIEW_CHARS = 8192

/** How a field may be encoded. */
export type Encoding = 'none' | 'percent' | 'form'

/** The different readings of `text`, most decoded last. One to three. */
export function views(text: string, encoding: Encoding): readonly string[] {
  const raw = text.length > MAX_VIEW_CHARS ? text.slice(0, MAX_VIEW_CHARS) : text
  if (encoding === 'none') return [raw]
  const out = [raw]
  const decoded = percentDecode(raw)
  if (decoded !== raw) out.push(decoded)
  if (encoding === 'form' && raw.includes('+')) out.push(percentDecode(raw.replaceAll('+', ' ')))
  return out
}

/** `%41` to `A`, one byte a character; what is no escape stays as it is. */
export function percentDecode(text: string): string {
  let at = text.indexOf('%')
  if (at < 0) return text
  let out = ''
  let from = 0
  while (at >= 0) {
    const value = hexDigit(text.charCodeAt(at + 1)) * 16 + hexDigit(text.charCodeAt(at + 2))
    if (value >= 0) {
      out += text.slice(from, at) + String.fromCharCode(value)
      from = at + 3
    }
    at = text.indexOf('%', value >= 0 ? from : at + 1)
  }
  return out + text.slice(from)
}

/** Far below zero for what is no digit (NaN past the end of the text), so that a sum with it stays below. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1000
}
