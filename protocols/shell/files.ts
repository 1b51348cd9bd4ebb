/** The files a visitor sees and leaves: a small tree in memory. Bytes are kept as latin1 text. */
import { createHash } from 'node:crypto'

/** What one visitor may leave behind. */
export const MAX_LEFT_BYTES = 1024 * 1024
export const MAX_LEFT_FILES = 256
export const MAX_PATH_CHARACTERS = 1024

type Entry = {
  readonly directory: boolean
  content: string
  mode: number
  left: boolean
}
export type Left = { readonly name: string; readonly bytes: number; readonly sha256: string }
export type Listed = {
  readonly name: string
  readonly directory: boolean
  readonly size: number
  readonly mode: number
}

/** Why an operation failed, in the words of strerror. */
export type Refusal =
  | 'No such file or directory'
  | 'Is a directory'
  | 'Not a directory'
  | 'Read-only file system'
  | 'No space left on device'
  | 'File exists'
  | 'Permission denied'

export class Files {
  readonly #entries = new Map<string, Entry>()
  readonly #readOnly: readonly string[]
  #leftBytes = 0
  #leftFiles = 0
  #readBytes = 0

  /** `readOnly`: directories nothing can be written into; the longest that fits a path decides, so `!/tmp` opens one again. */
  constructor(
    files: Readonly<Record<string, string>>,
    directories: readonly string[],
    readOnly: readonly string[],
  ) {
    this.#readOnly = readOnly
    for (const path of ['/', ...directories]) this.#directory(path)
    for (const [path, content] of Object.entries(files)) {
      this.#directory(parent(path))
      this.#entries.set(path, { directory: false, content, mode: 0o755, left: false })
    }
  }

  isDirectory(path: string): boolean {
    return this.#entries.get(path)?.directory === true
  }
  has(path: string): boolean {
    return this.#entries.has(path)
  }
  /** Read so far, in bytes: what the visitor's commands cost. */
  get readBytes(): number {
    return this.#readBytes
  }
  size(path: string): number {
    return this.#entries.get(path)?.content.length ?? 0
  }
  mode(path: string): number {
    return this.#entries.get(path)?.mode ?? 0
  }

  /** Came from the visitor, and holds something. */
  isLeft(path: string): boolean {
    const entry = this.#entries.get(path)
    return entry?.left === true && !entry.directory && entry.content !== ''
  }

  read(path: string): string | undefined {
    const entry = this.#entries.get(path)
    if (entry === undefined || entry.directory) return undefined
    this.#readBytes += entry.content.length
    return entry.content
  }

  write(path: string, content: string, append: boolean): Refusal | undefined {
    if (path === '/dev/null') return undefined
    const entry = this.#entries.get(path)
    if (entry?.directory === true) return 'Is a directory'
    if (!this.isDirectory(parent(path))) return 'No such file or directory'
    if (this.#sealed(path)) return 'Read-only file system'
    const before = entry?.left === true ? (this.read(path) ?? '') : ''
    const after = append ? (this.read(path) ?? '') + content : content
    const grown = after.length - before.length
    if (this.#leftBytes + grown > MAX_LEFT_BYTES) return 'No space left on device'
    if (entry?.left !== true && ++this.#leftFiles > MAX_LEFT_FILES) return 'No space left on device'
    this.#leftBytes += grown
    this.#entries.set(path, {
      directory: false,
      content: after,
      mode: entry?.mode ?? 0o644,
      left: true,
    })
    return undefined
  }

  makeDirectory(path: string): Refusal | undefined {
    if (this.has(path)) return 'File exists'
    if (!this.isDirectory(parent(path))) return 'No such file or directory'
    if (this.#sealed(path)) return 'Read-only file system'
    if (++this.#leftFiles > MAX_LEFT_FILES) return 'No space left on device'
    this.#entries.set(path, { directory: true, content: '', mode: 0o755, left: true })
    return undefined
  }

  remove(path: string): Refusal | undefined {
    if (!this.has(path)) return 'No such file or directory'
    if (this.#sealed(path)) return 'Read-only file system'
    if (path === '/') return 'Permission denied'
    const inside = `${path}/`
    for (const [name, entry] of this.#entries)
      if (name === path || name.startsWith(inside)) {
        if (entry.left) {
          this.#leftFiles--
          this.#leftBytes -= entry.content.length
        }
        this.#entries.delete(name)
      }
    return undefined
  }

  changeMode(path: string, mode: number): Refusal | undefined {
    const entry = this.#entries.get(path)
    if (entry === undefined) return 'No such file or directory'
    if (this.#sealed(path)) return 'Read-only file system'
    entry.mode = mode
    return undefined
  }

  list(path: string): Listed[] {
    const inside = path === '/' ? '/' : `${path}/`
    const found: Listed[] = []
    for (const [name, { directory, mode }] of this.#entries)
      if (name !== '/' && name.startsWith(inside) && !name.slice(inside.length).includes('/'))
        found.push({
          name: name.slice(inside.length),
          directory,
          mode,
          size: this.size(name),
        })
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** What the visitor left, and has not taken away. */
  left(): string[] {
    return [...this.#entries.keys()].filter((path) => this.isLeft(path))
  }

  describe(path: string): Left {
    const bytes = Buffer.from(this.read(path) ?? '', 'latin1')
    return {
      name: path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }
  }

  #sealed(path: string): boolean {
    let longest = ''
    for (const rule of this.#readOnly) {
      const root = rule.replace('!', '')
      const fits = root === '/' || path === root || path.startsWith(`${root}/`)
      if (fits && root.length >= longest.replace('!', '').length) longest = rule
    }
    return longest !== '' && !longest.startsWith('!')
  }

  #directory(path: string): void {
    if (this.#entries.has(path)) return
    this.#entries.set(path, { directory: true, content: '', mode: 0o755, left: false })
    this.#directory(parent(path))
  }
}

export function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Absolute and without `.`, `..` and doubled slashes. */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = []
  const whole = path.startsWith('/') ? path : `${directory}/${path}`
  for (const part of whole.slice(0, MAX_PATH_CHARACTERS).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
