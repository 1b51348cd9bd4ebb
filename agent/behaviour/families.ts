/** Malware families by the names they leave in paths, tokens and arguments (rules/families.yaml). */
import type { Software } from './finding.ts'
import type { FamilyData } from './rule.ts'

type Entry = { readonly token: string; readonly software: Software }

export class Families {
  readonly #entries: readonly Entry[]

  constructor(families: readonly FamilyData[]) {
    const entries: Entry[] = []
    const plain: Entry[] = []
    for (const { name, tokens = [], variants = {} } of families) {
      for (const token of tokens) plain.push({ token, software: { name } })
      for (const [alias, names] of Object.entries(variants))
        for (const token of names) entries.push({ token, software: { name, alias: [alias] } })
    }
    // A variant says more than its family: look for variants first.
    this.#entries = [...entries, ...plain]
  }

  /** The first family whose token stands in one of the texts as a word of its own. */
  find(texts: readonly string[]): Software | undefined {
    const lower = texts.map((text) => text.toLowerCase())
    for (const { token, software } of this.#entries)
      if (lower.some((text) => hasWord(text, token))) return software
    return undefined
  }
}

function hasWord(text: string, token: string): boolean {
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1))
    if (
      !isAlphanumeric(text.charCodeAt(at - 1)) &&
      !isAlphanumeric(text.charCodeAt(at + token.length))
    )
      return true
  return false
}

/** NaN (no character) is none. */
function isAlphanumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}
