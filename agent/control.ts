/** A unix socket in the state directory: how `cuttle status` asks the running sensor. Root's alone (0600). */
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'

/** A question or an answer longer than this is none, in bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024
const ANSWER_MS = 3_000

export type Control = { close(): Promise<void> }

/** The state directory, made if need be, is this sensor's alone until `close`. Throws with a message for the operator. */
export async function takeState(
  directory: string,
  status: () => Promise<Record<string, unknown>>,
): Promise<Control> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return await openControl(join(directory, 'control.sock'), status)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new Error(
      `state: cannot use ${directory} (${code}); choose a directory that the sensor may write`,
    )
  }
}

/** Throws when another sensor listens at `path`, though it may be too busy to answer. */
export async function openControl(
  path: string,
  status: () => Promise<Record<string, unknown>>,
): Promise<Control> {
  if (await occupied(path))
    throw new Error(`another sensor runs on this state directory (${path}); stop it first`)
  rmSync(path, { force: true })
  const visitors = new Set<Socket>()
  const server = createServer((socket) => {
    visitors.add(socket)
    socket.on('close', () => visitors.delete(socket))
    socket.on('error', () => socket.destroy())
    status().then(
      (answer) => socket.end(JSON.stringify(answer)),
      () => socket.destroy(),
    )
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(path, done)
  })
  chmodSync(path, 0o600)
  server.unref()
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of visitors) socket.destroy()
        rmSync(path, { force: true })
      }),
  }
}

function occupied(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path, () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })
}

/** What the sensor at `path` says of itself; undefined: nobody there. */
export function askControl(path: string): Promise<Record<string, unknown> | undefined> {
  return new Promise((done) => {
    const socket = connect(path)
    let text = ''
    const finish = (): void => {
      clearTimeout(timer)
      socket.destroy()
      try {
        done(JSON.parse(text) as Record<string, unknown>)
      } catch {
        done(undefined)
      }
    }
    const timer = setTimeout(finish, ANSWER_MS)
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => {
      text += part
      if (text.length > MAX_ANSWER_BYTES) finish()
    })
    socket.on('end', finish)
    socket.on('error', finish)
  })
}
