/** What the main thread and the packet thread say to each other. */
import type { RuleSet } from './behaviour/rule.ts'
import type { Config } from './config.ts'
import type { Encoded } from './store/store.ts'

/** One of several packet threads on one interface. Which sources are whose, the kernel decides: link/native/fanout.c. */
export type Lane = {
  readonly of: number
  /** By which the others join; undefined: the first, which begins the group. */
  readonly group: number | undefined
}
export type ThreadInput = {
  /** Undefined: alone on the interface. */
  readonly lane: Lane | undefined
  readonly config: Config
  readonly persona: string
  readonly seed: Uint8Array
  readonly extraPorts: readonly number[]
  /** When the identity was made, in ms since 1970. */
  readonly since: number
  readonly exemptPorts: readonly (readonly [first: number, last: number])[]
}
export type ThreadStatus = {
  /** Machines that it plays, of IPv4. */
  readonly machines: number
  readonly stack: Readonly<Record<string, number>>
  readonly udp: Readonly<Record<string, number>>
  readonly link: Readonly<Record<string, number>>
  readonly flows: number
  readonly failures: number
  /** Frames that the recorder could not write. */
  readonly recordLost: number
  /** Observations that no rule has seen, because the rules were still loading. */
  readonly unjudged: number
}
export type FromThread =
  /** A lane has its share of the interface, and waits for `go`. */
  | { readonly kind: 'joined'; readonly group: number }
  | { readonly kind: 'ready' }
  /** A text page: see agent/text-page.ts. */
  | { readonly kind: 'events'; readonly lines: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'draft'; readonly key: string; readonly event: Encoded | undefined }
  | { readonly kind: 'status'; readonly status: ThreadStatus }
  | {
      readonly kind: 'failed'
      readonly flow: string
      readonly protocol: string
      readonly error: string
    }
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'stopped' }
export type ToThread =
  | { readonly kind: 'start'; readonly input: ThreadInput }
  | { readonly kind: 'go' }
  | { readonly kind: 'rules'; readonly rules: RuleSet }
  /** What the lines of `events` came in. */
  | { readonly kind: 'page'; readonly memory: ArrayBuffer }
  | { readonly kind: 'status' }
  | { readonly kind: 'stop' }
