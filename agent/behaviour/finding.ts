import type { Indicator } from '../event.ts'

/** What an event says beyond itself; the packet thread adds who, where and when. */
export type Finding = {
  readonly action: 'scan' | 'exploit' | 'malware' | 'bruteforce'
  /** 1 (noise) to 10 (the machine would be lost). */
  readonly severity: number
  readonly ruleId: string
  readonly ruleName: string
  /** ATT&CK technique ids, T1190 or T1110.001. */
  readonly techniques: readonly string[]
  readonly cves: readonly string[]
  readonly software?: Software
  readonly indicators: readonly Indicator[]
  readonly tool?: string
  /** Brute force only: logins of this series, its user names (bounded), and how many differ. */
  readonly attempts?: number
  readonly users?: readonly string[]
  readonly usersCount?: number
  readonly passwordsCount?: number
  /** Logins a minute over the series. */
  readonly rate?: number
  /** A login of the series was accepted. */
  readonly accepted?: boolean
}

export type Software = { readonly name: string; readonly alias?: readonly string[] }
