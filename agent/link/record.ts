/**
 * A link that also writes every frame, in and out, to a bounded ring of pcap files.
 * The packet path only copies into memory: a slow or full disk costs recorded frames, which are
 * counted, and nothing else.
 */
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { captureHeader, captureRecordBytes, writeCaptureRecord } from './capture-file.ts'
import type { Link } from './link.ts'
import type { LinkKind } from './link-layer.ts'

const FLUSH_MS = 1000
/** Two of these: one fills while the other is written. */
const BUFFER_BYTES = 2 * 1024 * 1024
/** Holds the longest frame there is. */
const MIN_FILE_BYTES = 128 * 1024
const FILE_NAME = /^frames-(\d{6,12})\.pcap$/

export type RecordOptions = {
  /** Made when it is missing. Files in it are frames-<number>.pcap; the highest number is the newest. */
  readonly directory: string
  /** Size of one file in bytes, at least 131,072. */
  readonly fileBytes: number
  /** How many files are kept. */
  readonly files: number
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

export type Recording = {
  /** Frames on disk. */
  readonly written: number
  /** Frames that found the buffer full, or whose file could not be written. */
  readonly lost: number
  /** Failed disk operations. */
  readonly errors: number
}

export type RecordLink = Link & { recording(): Recording }

export function record(link: Link, options: RecordOptions): RecordLink {
  if (options.fileBytes < MIN_FILE_BYTES || options.files < 1)
    throw new RangeError(
      `recording needs files of at least ${MIN_FILE_BYTES} bytes, and one of them`,
    )
  const recorder = new Recorder(link.ethernet ? 'ethernet' : 'raw', options)
  let reserved = -1
  return {
    mac: link.mac,
    mtu: link.mtu,
    ethernet: link.ethernet,
    get out() {
      return link.out
    },
    open: (receive, idle) =>
      link.open((bytes, offset, length, checksums) => {
        recorder.add(bytes.subarray(offset, offset + length))
        receive(bytes, offset, length, checksums)
      }, idle),
    reserve: () => {
      reserved = link.reserve()
      return reserved
    },
    commit: (length) => {
      if (reserved >= 0) recorder.add(link.out.subarray(reserved, reserved + length))
      link.commit(length)
    },
    flush: () => link.flush(),
    close: async () => {
      await link.close()
      await recorder.close()
    },
    get backlog() {
      return link.backlog ?? 0
    },
    stats: () => link.stats(),
    recording: () => recorder.recording(),
  }
}

/** Records that belong to one file, as a stretch of a buffer. */
type Stretch = { readonly start: number; end: number; frames: number; readonly newFile: boolean }

class Recorder {
  readonly #options: RecordOptions
  readonly #header: Uint8Array
  readonly #timer: NodeJS.Timeout
  #filling = new Uint8Array(BUFFER_BYTES)
  #spare = new Uint8Array(BUFFER_BYTES)
  #stretches: Stretch[] = []
  #at = 0
  /** Bytes of the current file, as it will be when the buffer is written. */
  #fileBytes = Number.POSITIVE_INFINITY
  #writing: Promise<void> | undefined
  #file: FileHandle | undefined
  #numbers: number[] | undefined
  #open = true
  #written = 0
  #lost = 0
  #errors = 0

  constructor(link: LinkKind, options: RecordOptions) {
    this.#options = options
    this.#header = captureHeader(link)
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS)
    this.#timer.unref()
  }

  add(bytes: Uint8Array): void {
    const size = captureRecordBytes(bytes.length)
    if (!this.#open || this.#at + size > BUFFER_BYTES) {
      this.#lost++
      return
    }
    const newFile = this.#fileBytes + size > this.#options.fileBytes
    if (newFile) this.#fileBytes = this.#header.length
    let stretch = this.#stretches.at(-1)
    if (newFile || stretch === undefined) {
      stretch = { start: this.#at, end: this.#at, frames: 0, newFile }
      this.#stretches.push(stretch)
    }
    writeCaptureRecord(this.#filling, this.#at, bytes, this.#options.clock())
    this.#at += size
    this.#fileBytes += size
    stretch.end = this.#at
    stretch.frames++
    if (this.#at > BUFFER_BYTES / 2) this.#flush()
  }

  #flush(): void {
    if (this.#writing || this.#at === 0) return
    const buffer = this.#filling
    const stretches = this.#stretches
    this.#filling = this.#spare
    this.#spare = buffer
    this.#stretches = []
    this.#at = 0
    this.#writing = this.#write(buffer, stretches).finally(() => {
      this.#writing = undefined
    })
  }

  async #write(buffer: Uint8Array, stretches: readonly Stretch[]): Promise<void> {
    for (const { start, end, frames, newFile } of stretches)
      try {
        if (newFile || this.#file === undefined) await this.#next()
        await this.#append(buffer.subarray(start, end))
        this.#written += frames
      } catch {
        this.#errors++
        this.#lost += frames
        // A half-written record would spoil what follows it: go on in a new file.
        await this.#shut()
      }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const done = await this.#file?.write(bytes, at, bytes.length - at)
      if (!done?.bytesWritten) throw new Error('nothing written')
      at += done.bytesWritten
    }
  }

  /** Ends the current file and begins the next; the oldest beyond the bound go first. */
  async #next(): Promise<void> {
    const { directory, files } = this.#options
    await this.#shut()
    this.#numbers ??= await this.#found()
    while (this.#numbers.length >= files) {
      await rm(this.#path(this.#numbers[0] ?? 0), { force: true })
      this.#numbers.shift()
    }
    const number = (this.#numbers.at(-1) ?? 0) + 1
    this.#file = await open(join(directory, fileName(number)), 'w')
    this.#numbers.push(number)
    await this.#append(this.#header)
  }

  async #found(): Promise<number[]> {
    await mkdir(this.#options.directory, { recursive: true })
    const names = await readdir(this.#options.directory)
    const numbers = names.flatMap((name) => Number(FILE_NAME.exec(name)?.[1] ?? Number.NaN))
    return numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b)
  }

  #path(number: number): string {
    return join(this.#options.directory, fileName(number))
  }

  async #shut(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    try {
      await file?.close()
    } catch {
      this.#errors++
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    clearInterval(this.#timer)
    await this.#writing
    this.#flush()
    await this.#writing
    await this.#shut()
  }

  recording(): Recording {
    return { written: this.#written, lost: this.#lost, errors: this.#errors }
  }
}

function fileName(number: number): string {
  return `frames-${String(number).padStart(6, '0')}.pcap`
}
