/**
 * Conversations over the kernel's TCP: run inside a namespace, a line of JSON on stdin asks for one, a line on stdout
 * tells of it. node talk.ts HOST
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export type Talk = {
  readonly id: number
  readonly host: string
  readonly port: number
  /** Wait for an answer (at most `waitMs`) after sending `send` (hexadecimal; nothing: a greeting). */
  readonly steps: readonly { readonly send?: string; readonly waitMs: number }[]
}
export type Told = {
  readonly id: number
  readonly opened: boolean
  /** Hexadecimal, one for each step that was come to. */
  readonly answers: readonly string[]
  /** The other side ended it, and after how many ms. */
  readonly endedMs?: number
}

/** An answer is over when nothing more comes for so long. */
const QUIET_MS = 250

function talk({ id, host, port, steps }: Talk): Promise<Told> {
  return new Promise((resolve) => {
    const began = performance.now()
    const answers: string[] = []
    let heard = Buffer.alloc(0)
    let opened = false
    let timer: NodeJS.Timeout | undefined
    let step = -1
    const socket = connect({ host, port })
    const finish = (endedMs?: number): void => {
      clearTimeout(timer)
      if (step >= 0 && answers.length <= step) answers.push(heard.toString('hex'))
      socket.removeAllListeners('close').destroy()
      resolve({ id, opened, answers, ...(endedMs === undefined ? {} : { endedMs }) })
    }
    const next = (): void => {
      if (step >= 0) answers.push(heard.toString('hex'))
      heard = Buffer.alloc(0)
      const now = steps[++step]
      if (now === undefined) {
        step = -1
        finish()
        return
      }
      if (now.send !== undefined) socket.write(Buffer.from(now.send, 'hex'))
      timer = setTimeout(next, now.waitMs)
    }
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes])
      clearTimeout(timer)
      timer = setTimeout(next, QUIET_MS)
    })
    socket.on('error', () => {})
    socket.on('close', () => finish(opened ? performance.now() - began : undefined))
    socket.on('connect', () => {
      opened = true
      clearTimeout(timer)
      next()
    })
    timer = setTimeout(finish, steps[0]?.waitMs ?? 0)
  })
}

process.stdin.on('end', () => process.exit(0))
createInterface({ input: process.stdin }).on('line', (line) => {
  void talk(JSON.parse(line) as Talk).then((told) => console.log(JSON.stringify(told)))
})
