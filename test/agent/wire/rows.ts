/** For tests of headers: bytes as they are on the wire, and the laws that hold for every parser. */
import type { Test } from 'tap'

export const hex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex')

type Parse<T> = (bytes: Uint8Array, offset: number, length: number, into: T) => boolean

/** Reads no byte outside [offset, offset + length): one that does gets an exception. */
export function fenced(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return new Proxy(bytes, {
    get: (target, key) => {
      const index = typeof key === 'string' ? Number(key) : Number.NaN
      if (Number.isInteger(index) && (index < offset || index >= offset + length))
        throw new RangeError(`read ${index} outside ${offset}+${length}`)
      return Reflect.get(target, key)
    },
  })
}

/** Cut at every length: no exception, no read beyond; false below `least` bytes, and true with all. */
export function cutLaw<T>(
  t: Test,
  name: string,
  bytes: Uint8Array,
  least: number,
  parse: Parse<T>,
  blank: () => T,
): void {
  const offset = 5
  const padded = new Uint8Array(bytes.length + 10).fill(0xff)
  padded.set(bytes, offset)
  const wrong: number[] = []
  for (let length = 0; length <= bytes.length; length++) {
    const good = parse(fenced(padded, offset, length), offset, length, blank())
    if (good !== length >= least) wrong.push(length)
  }
  t.same(wrong, [], `${name}: cut at every length`)
}
