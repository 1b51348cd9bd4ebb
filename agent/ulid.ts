/** Event ids: ULIDs (github.com/ulid/spec), strictly increasing. A module of our own because every flow asks for one. */

const ALPHABET = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ')
const TIME_CHARS = 10
const CHARS = 26
const POOL_BYTES = 4096
/** From a letter to the next of the alphabet; 0: there is none. */
const NEXT = new Uint8Array(256)
for (let i = 0; i + 1 < ALPHABET.length; i++)
  NEXT[ALPHABET[i] as number] = ALPHABET[i + 1] as number

/** `fill`: cryptographic randomness. The function returned takes the time in ms since 1970. */
export function ulidFactory(fill: (bytes: Uint8Array) => void): (now: number) => string {
  const pool = new Uint8Array(POOL_BYTES)
  const text = Buffer.alloc(CHARS)
  let drawn = POOL_BYTES
  let last = -1

  const draw = (now: number): void => {
    last = now
    let rest = now
    for (let i = TIME_CHARS - 1; i >= 0; i--) {
      text[i] = ALPHABET[rest % 32] as number
      rest = Math.floor(rest / 32)
    }
    if (drawn + CHARS - TIME_CHARS > POOL_BYTES) {
      fill(pool)
      drawn = 0
    }
    for (let i = TIME_CHARS; i < CHARS; i++)
      text[i] = ALPHABET[(pool[drawn++] as number) & 31] as number
  }

  return (now) => {
    if (now > last) draw(now)
    else {
      // The spec's monotonic form: within a millisecond (or when the clock steps back) the next number.
      let i = CHARS - 1
      while (i >= TIME_CHARS && NEXT[text[i] as number] === 0) text[i--] = ALPHABET[0] as number
      if (i < TIME_CHARS) draw(last + 1)
      else text[i] = NEXT[text[i] as number] as number
    }
    return text.toString('latin1', 0, CHARS)
  }
}
