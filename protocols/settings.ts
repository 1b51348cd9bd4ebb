/** How a persona's settings are checked: once, at load, naming the key. */

/** An object with no other keys than these; undefined is an empty one. Throws TypeError naming `where`. */
export function checkRecord(
  given: unknown,
  where: string,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`${where}: an object is needed`)
  const other = Object.keys(given).find((name) => !keys.includes(name))
  if (other !== undefined) throw new TypeError(`${where}.${other}: no such key`)
  return { ...given }
}

/** One line of printable latin1, at most `max` characters; undefined is undefined. Throws TypeError naming `where`. */
export function checkLine(given: unknown, where: string, max: number): string | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'string' || given.length > max || /[^ -~\xa0-\xff]/.test(given))
    throw new TypeError(`${where}: a line of at most ${max} characters is needed`)
  return given
}
