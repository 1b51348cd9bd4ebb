/** What of the code a run has reached, by V8's own counters: characters of code that ran, of all there are. */
import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

export type Covered = {
  readonly file: string
  readonly code: number
  readonly reached: number
  /** Functions that never ran. */
  readonly missed: readonly string[]
}

/** Only what is loaded after this is counted whole. */
export async function watchCoverage(): Promise<(under: RegExp) => Promise<Covered[]>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return async (under) => {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    session.disconnect()
    return result
      .filter(({ url }) => url.startsWith('file:') && under.test(url))
      .map(({ url, functions }) => {
        const code = codeOf(readFileSync(fileURLToPath(url), 'utf8'))
        const ran = new Uint8Array(code.length).fill(1)
        // Inner ranges come after the outer ones that they are exceptions to.
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges)
            ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
        let reached = 0
        let all = 0
        for (let i = 0; i < code.length; i++) {
          if (code[i] === 0) continue
          all++
          reached += ran[i] as number
        }
        const missed = functions
          .filter(({ ranges, functionName }) => ranges[0]?.count === 0 && functionName !== '')
          .map(({ functionName }) => functionName)
        return { file: url.replace(/^.*\/agent\//, 'agent/'), code: all, reached, missed }
      })
      .sort((a, b) => a.file.localeCompare(b.file))
  }
}

/** 1 where a character is code: no type, no comment, no space. Types are stripped to spaces, so places stay. */
function codeOf(source: string): Uint8Array {
  const blank = (text: string): string => ' '.repeat(text.length)
  const code = stripTypeScriptTypes(source)
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(^|\s)\/\/.*$/gm, blank)
  return Uint8Array.from(code, (character) => (/\s/.test(character) ? 0 : 1))
}
