/**
 * Scans: every SYN in, one row per source and minute out. `syn` runs for every SYN of a flood;
 * all its memory is made once, and what a stranger can fill is bounded and its loss counted.
 */
import { scannerName } from '../fingerprint/scanner.ts'
import type { Finding } from './finding.ts'
import { PortSets } from './port-sets.ts'
import { scanLabels } from './scan-labels.ts'

/** Sources followed in one minute. */
const MAX_SOURCES = 4096
/** Sources among them with more than a list of ports; 8 KiB each. */
const MAX_BITMAPS = 256
const MAX_DESTINATIONS = 8
/** Rows of ended minutes that wait for `due`. */
const MAX_ENDED = 8192
/** Rows written by one call of `drafts`; the others come with the next. */
const MAX_DRAFTS = 256
/** Rows looked at to find one to give up. */
const EVICTION_SAMPLE = 8
const MINUTE_MS = 60_000
/** What a completed handshake adds to a row's worth, in ports. */
const VERIFIED_WORTH = 65_536

export type ScanFinding = Finding & {
  readonly action: 'scan'
  /** `${source}|${minute}`: the same for the drafts and the final row. */
  readonly key: string
  /** int32, network order, as in SynFacts. */
  readonly source: number
  /** At most 8. */
  readonly destinations: readonly number[]
  /** Milliseconds: first and last SYN of the row. */
  readonly start: number
  readonly end: number
  /** Compact ranges of the ports that were never completed, at most 4 KiB; ends in "…" when cut. */
  readonly ports: string
  /** How many ports these are: exact also when the text is cut. */
  readonly portsCount: number
  /** SYNs, retransmissions included. */
  readonly packets: number
  /** Handshakes completed by this source in this minute. */
  readonly completed: number
  readonly verified: boolean
  /** '' when the SYNs look like a kernel's; `tool` is there only when it names a tool. */
  readonly scanner: string
}

export type ScanStats = {
  /** Rows in use. */
  readonly sources: number
  /** Rows given up for newer sources, and the SYNs they had counted. */
  readonly evictedRows: number
  readonly evictedPackets: number
  /** Sets that stopped at "lowest,highest,…". */
  readonly evictedBitmaps: number
}

/** The port sets of row r: seen at r, completed at MAX_SOURCES + r. */
const completedSet = (row: number): number => MAX_SOURCES + row

export class ScanTracker {
  readonly #rows = new Map<number, number>()
  readonly #ports = new PortSets(2 * MAX_SOURCES, MAX_BITMAPS)
  readonly #source = new Int32Array(MAX_SOURCES)
  readonly #packets = new Int32Array(MAX_SOURCES)
  readonly #completed = new Int32Array(MAX_SOURCES)
  readonly #scanner = new Uint8Array(MAX_SOURCES)
  readonly #first = new Float64Array(MAX_SOURCES)
  readonly #last = new Float64Array(MAX_SOURCES)
  readonly #destinations = new Int32Array(MAX_SOURCES * MAX_DESTINATIONS)
  readonly #destinationCount = new Uint8Array(MAX_SOURCES)
  readonly #changed = new Uint8Array(MAX_SOURCES)
  readonly #drafted = new Uint8Array(MAX_SOURCES)
  /** Rows below it have been used this minute. */
  #used = 0
  #hand = 0
  #draftHand = 0
  #minute = 0
  #minuteStart = 0
  #minuteEnd = 0
  #ended: ScanFinding[] = []
  #withdrawn: string[] = []
  #evictedRows = 0
  #evictedPackets = 0

  /** A SYN. `source` and `destination` as in SynFacts, `code` from `classify`, `now` in ms since 1970. */
  syn(source: number, destination: number, port: number, code: number, now: number): void {
    if (now >= this.#minuteEnd || now < this.#minuteStart) this.#roll(now)
    const row = this.#rows.get(source) ?? this.#open(source, now)
    this.#packets[row] = (this.#packets[row] as number) + 1
    this.#last[row] = now
    this.#changed[row] = 1
    this.#ports.add(row, port)
    if (code !== 0) {
      const known = this.#scanner[row] as number
      if (known === 0 || code < known) this.#scanner[row] = code
    }
    this.#addDestination(row, destination)
  }

  /** A handshake was proven: the port is a connection and no scan. */
  completed(source: number, destination: number, port: number, now: number): void {
    if (now >= this.#minuteEnd || now < this.#minuteStart) this.#roll(now)
    const row = this.#rows.get(source)
    if (row === undefined) return
    this.#completed[row] = (this.#completed[row] as number) + 1
    this.#changed[row] = 1
    this.#ports.add(completedSet(row), port)
    this.#addDestination(row, destination)
  }

  /** Final rows of the minutes that have ended; each is returned once. */
  due(now: number): readonly ScanFinding[] {
    if (now >= this.#minuteEnd || now < this.#minuteStart) this.#roll(now)
    const rows = this.#ended
    this.#ended = []
    return rows
  }

  /** The rows that have changed since the last call, as they stand: at most 256 a call, the others next time. */
  drafts(now: number): readonly ScanFinding[] {
    if (now >= this.#minuteEnd || now < this.#minuteStart) this.#roll(now)
    const rows: ScanFinding[] = []
    for (let i = 0; i < this.#used && rows.length < MAX_DRAFTS; i++) {
      this.#draftHand = this.#draftHand + 1 < this.#used ? this.#draftHand + 1 : 0
      const row = this.#draftHand
      if (this.#changed[row] === 0) continue
      this.#changed[row] = 0
      const finding = this.#finding(row)
      if (finding === undefined) {
        if (this.#drafted[row] === 1) this.#withdraw(row)
        continue
      }
      this.#drafted[row] = 1
      rows.push(finding)
    }
    return rows
  }

  /** Keys of drafts that turned out to be no scan (every port was completed): forget them. */
  withdrawn(): readonly string[] {
    const keys = this.#withdrawn
    this.#withdrawn = []
    return keys
  }

  /** The running minute's rows too: for the end of the process. */
  drain(): readonly ScanFinding[] {
    this.#finish()
    const rows = this.#ended
    this.#ended = []
    return rows
  }

  stats(): ScanStats {
    return {
      sources: this.#rows.size,
      evictedRows: this.#evictedRows,
      evictedPackets: this.#evictedPackets,
      evictedBitmaps: this.#ports.bitmapsEvicted,
    }
  }

  #addDestination(row: number, destination: number): void {
    const count = this.#destinationCount[row] as number
    const at = row * MAX_DESTINATIONS
    for (let i = at; i < at + count; i++) if (this.#destinations[i] === destination) return
    if (count === MAX_DESTINATIONS) return
    this.#destinations[at + count] = destination
    this.#destinationCount[row] = count + 1
  }

  #open(source: number, now: number): number {
    const row = this.#used < MAX_SOURCES ? this.#used++ : this.#evict()
    this.#rows.set(source, row)
    this.#source[row] = source
    this.#packets[row] = 0
    this.#completed[row] = 0
    this.#scanner[row] = 0
    this.#first[row] = now
    this.#destinationCount[row] = 0
    this.#drafted[row] = 0
    return row
  }

  #worth(row: number): number {
    const verified = this.#completed[row] === 0 ? 0 : VERIFIED_WORTH
    return verified + this.#ports.count(row)
  }

  #evict(): number {
    let row = this.#hand
    for (let i = 1; i < EVICTION_SAMPLE; i++) {
      const other = (this.#hand + i) % MAX_SOURCES
      if (this.#worth(other) < this.#worth(row)) row = other
    }
    this.#hand = (row + 1) % MAX_SOURCES
    // A drafted row is on disk already: end it properly, or its draft would stay for ever.
    if (this.#drafted[row] === 1) this.#end(row)
    else this.#lose(row)
    this.#rows.delete(this.#source[row] as number)
    this.#ports.clear(row)
    this.#ports.clear(completedSet(row))
    return row
  }

  #lose(row: number): void {
    this.#evictedRows++
    this.#evictedPackets += this.#packets[row] as number
  }

  #withdraw(row: number): void {
    this.#drafted[row] = 0
    if (this.#withdrawn.length < MAX_ENDED) this.#withdrawn.push(this.#key(row))
  }

  #end(row: number): void {
    const finding = this.#finding(row)
    if (finding === undefined) {
      if (this.#drafted[row] === 1) this.#withdraw(row)
    } else if (this.#ended.length < MAX_ENDED) this.#ended.push(finding)
    else this.#lose(row)
  }

  #finish(): void {
    for (let row = 0; row < this.#used; row++) {
      this.#end(row)
      this.#ports.clear(row)
      this.#ports.clear(completedSet(row))
    }
    this.#rows.clear()
    this.#used = 0
    this.#hand = 0
  }

  #roll(now: number): void {
    this.#finish()
    this.#minute = Math.floor(now / MINUTE_MS)
    this.#minuteStart = this.#minute * MINUTE_MS
    this.#minuteEnd = this.#minuteStart + MINUTE_MS
  }

  #key(row: number): string {
    return `${this.#source[row]}|${this.#minute}`
  }

  #finding(row: number): ScanFinding | undefined {
    const { text, count } = this.#ports.ranges(row, completedSet(row))
    if (count === 0) return undefined
    const code = this.#scanner[row] as number
    const at = row * MAX_DESTINATIONS
    const destinations = Array.from(
      this.#destinations.subarray(at, at + (this.#destinationCount[row] as number)),
    )
    const completed = this.#completed[row] as number
    return {
      ...scanLabels(count, destinations.length, code),
      key: this.#key(row),
      source: this.#source[row] as number,
      destinations,
      start: this.#first[row] as number,
      end: this.#last[row] as number,
      ports: text,
      portsCount: count,
      packets: this.#packets[row] as number,
      completed,
      verified: completed > 0,
      scanner: scannerName(code),
    }
  }
}
