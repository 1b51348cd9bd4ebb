/** Real clients, run against a port of 127.0.0.1. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

const LONGEST_MS = 40_000

export type Ran = { readonly status: number; readonly out: string; readonly err: string }

/** Runs to its end, whatever that is. */
export function run(file: string, args: readonly string[], input?: string): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(file, args, { timeout: LONGEST_MS }, (fault, out, err) => {
      const status = typeof fault?.code === 'number' ? fault.code : fault === null ? 0 : -1
      done({ status, out, err })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}

export async function hydra(
  t: Test,
  service: 'ssh' | 'telnet',
  port: number,
  passwords: readonly string[],
): Promise<string> {
  const list = join(t.testdir({}), 'passwords')
  writeFileSync(list, passwords.join('\n'))
  const args = [
    '-I',
    '-l',
    'root',
    '-P',
    list,
    '-t',
    '2',
    '-s',
    String(port),
    `${service}://127.0.0.1`,
  ]
  const { out, err } = await run('/usr/bin/hydra', args)
  return out + err
}
