/** Brute force: logins counted by source and service. All tables are bounded. */
import type { ObservationOf } from '../../protocols/observation.ts'
import type { Finding } from './finding.ts'

/** So many logins within the window are a brute force; a later finding at every doubling of the count. */
export const THRESHOLD_ATTEMPTS = 5
export const WINDOW_MS = 60_000
/** A series is over after so long without a login. */
export const QUIET_MS = 10 * 60_000
/** Sources and services followed at a time; the one that was quiet longest gives way. */
const MAX_SERIES = 2048
/** User names that a finding lists. */
const MAX_USERS = 16
/** Different user names and passwords that are told apart, each; counts stop there. */
const MAX_DISTINCT = 256
const MAX_NAME_CHARS = 64
/** Many users and few passwords: one password sprayed over accounts. */
const SPRAY_USERS = 5
const SPRAY_RATIO = 2
const GUESSING = 'T1110.001'
const SPRAYING = 'T1110.003'
/** Characters of a name or password that tell it from others. */
const MAX_DIGEST_CHARS = 256

type Credential = ObservationOf<'credential'>

type Series = {
  attempts: number
  /** Times of the last logins, a ring. */
  readonly recent: Float64Array
  first: number
  last: number
  /** Count at which the next finding is due; 0: none yet. */
  next: number
  accepted: boolean
  tool: string
  readonly users: string[]
  readonly userDigests: Set<number>
  readonly passwordDigests: Set<number>
}

export class BruteForce {
  /** By `source protocol`, least recently used first. */
  readonly #series = new Map<string, Series>()
  /** Series given up for newer ones. */
  evicted = 0

  /** What a client says of itself may name the tool before a login is tried. `now` in ms. */
  client(source: string, protocol: string, software: string, now: number): void {
    const tool = toolOf(software)
    if (tool !== '') this.#touch(source, protocol, now).tool = tool
  }

  credential(
    source: string,
    protocol: string,
    credential: Credential,
    now: number,
  ): Finding | undefined {
    if (credential.method === 'none') return undefined
    const series = this.#touch(source, protocol, now)
    if (series.attempts === 0) series.first = now
    const slot = series.attempts % THRESHOLD_ATTEMPTS
    series.attempts++
    series.recent[slot] = now
    series.accepted ||= credential.accepted
    note(series, credential)
    const application = credential.fields?.application ?? credential.fields?.['user-agent']
    if (application !== undefined) series.tool = toolOf(application) || series.tool
    if (!isDue(series, slot, now)) return undefined
    series.next = series.attempts * 2
    return finding(series, protocol)
  }

  #touch(source: string, protocol: string, now: number): Series {
    const key = `${source} ${protocol}`
    let series = this.#series.get(key)
    if (series !== undefined) this.#series.delete(key)
    if (series === undefined || now - series.last > QUIET_MS) series = blank(now)
    else series.last = now
    if (this.#series.size >= MAX_SERIES) {
      for (const oldest of this.#series.keys()) {
        this.#series.delete(oldest)
        this.evicted++
        break
      }
    }
    this.#series.set(key, series)
    return series
  }
}

const blank = (now: number): Series => ({
  attempts: 0,
  recent: new Float64Array(THRESHOLD_ATTEMPTS),
  first: now,
  last: now,
  next: 0,
  accepted: false,
  tool: '',
  users: [],
  userDigests: new Set(),
  passwordDigests: new Set(),
})

function note(series: Series, { user, secret }: Credential): void {
  const digest = digestOf(user)
  if (!series.userDigests.has(digest) && series.users.length < MAX_USERS)
    series.users.push(user.slice(0, MAX_NAME_CHARS))
  if (series.userDigests.size < MAX_DISTINCT) series.userDigests.add(digest)
  if (series.passwordDigests.size < MAX_DISTINCT) series.passwordDigests.add(digestOf(secret))
}

/** FNV-1a, 30 bits: a table of small integers costs a fraction of one of texts. */
function digestOf(text: string): number {
  let value = 0x811c9dc5
  const end = Math.min(text.length, MAX_DIGEST_CHARS)
  for (let i = 0; i < end; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 2
}

function isDue(series: Series, slot: number, now: number): boolean {
  if (series.next > 0) return series.attempts >= series.next
  if (series.attempts < THRESHOLD_ATTEMPTS) return false
  const oldest = series.recent[(slot + 1) % THRESHOLD_ATTEMPTS] as number
  return now - oldest <= WINDOW_MS
}

function finding(series: Series, protocol: string): Finding {
  const users = series.userDigests.size
  const passwords = series.passwordDigests.size
  const spray = users >= SPRAY_USERS && users >= passwords * SPRAY_RATIO
  const minutes = Math.max(series.last - series.first, 1000) / 60_000
  return {
    action: 'bruteforce',
    severity: series.accepted ? 7 : 5,
    ruleId: spray ? 'password-spraying' : 'password-guessing',
    ruleName: spray ? `Password spraying (${protocol})` : `Password guessing (${protocol})`,
    techniques: [spray ? SPRAYING : GUESSING],
    cves: [],
    indicators: [],
    ...(series.tool !== '' && { tool: series.tool }),
    attempts: series.attempts,
    users: [...series.users],
    usersCount: users,
    passwordsCount: passwords,
    rate: Math.round(series.attempts / minutes),
    accepted: series.accepted,
  }
}

/** What a client's own words betray. A library is named when the tool is not known: hydra uses libssh, patator paramiko. */
const TOOLS: readonly (readonly [word: string, tool: string])[] = [
  ['hydra', 'hydra'],
  ['medusa', 'medusa'],
  ['ncrack', 'ncrack'],
  ['patator', 'patator'],
  ['squelda', 'squelda'],
  ['nmap', 'nmap'],
  ['metasploit', 'metasploit'],
  ['libssh2', 'libssh2'],
  ['libssh', 'libssh'],
  ['paramiko', 'paramiko'],
  ['asyncssh', 'asyncssh'],
  ['russh', 'russh'],
  ['jsch', 'jsch'],
  ['ssh-2.0-go', 'go'],
  ['go-http-client', 'go'],
  ['python-requests', 'python-requests'],
]
/** Characters of a client's words that are looked at. */
const MAX_SOFTWARE_CHARS = 256

/** The tool or library in an SSH identification, User-Agent or TDS application name; '' when none is known. */
export function toolOf(software: string): string {
  const lower = software.slice(0, MAX_SOFTWARE_CHARS).toLowerCase()
  return TOOLS.find(([word]) => lower.includes(word))?.[1] ?? ''
}
