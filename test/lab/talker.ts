/** Asks talk.ts, which runs in an attacker's namespace, for conversations. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Machine } from './lab.ts'
import type { Talk, Told } from './talk.ts'

const TALK = fileURLToPath(new URL('talk.ts', import.meta.url))

export type Answered = {
  readonly opened: boolean
  readonly answers: readonly Buffer[]
  readonly endedMs?: number
}
export type Step = { readonly send?: Uint8Array | string; readonly waitMs: number }

export class Talker {
  readonly #child: ReturnType<Machine['spawn']>
  readonly #waiting = new Map<number, (told: Told) => void>()
  #id = 0

  /** `runtime`: the node that runs this. */
  constructor(machine: Machine, runtime: string) {
    this.#child = machine.spawn(runtime, [TALK], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#child
    if (stdout === null) throw new Error('no pipe')
    createInterface({ input: stdout }).on('line', (line) => {
      const told = JSON.parse(line) as Told
      this.#waiting.get(told.id)?.(told)
      this.#waiting.delete(told.id)
    })
    this.#child.stdin?.on('error', () => {})
    this.#child.once('exit', () => {
      for (const [id, done] of this.#waiting) done({ id, opened: false, answers: [] })
    })
  }

  /** Bytes as text are latin1. */
  async talk(host: string, port: number, steps: readonly Step[]): Promise<Answered> {
    const id = ++this.#id
    const asked: Talk = {
      ...{ id, host, port },
      steps: steps.map(({ send, waitMs }) =>
        send === undefined ? { waitMs } : { send: hex(send), waitMs },
      ),
    }
    const told = await new Promise<Told>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.stdin?.write(`${JSON.stringify(asked)}\n`)
    })
    const { endedMs } = told
    return {
      opened: told.opened,
      answers: told.answers.map((text) => Buffer.from(text, 'hex')),
      ...(endedMs === undefined ? {} : { endedMs }),
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await ended
  }
}

const hex = (bytes: Uint8Array | string): string =>
  (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)).toString('hex')
