import type { Identity } from '../protocol.ts'
import { type Account, accounts, SERVER_ACCOUNTS } from '../shell/accounts.ts'

/** RFC 4253, 4.2: 255 with the line end. */
export const MAX_IDENT_CHARACTERS = 253
const DEFAULT_IDENT = 'SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6'

export type Settings = {
  /** The identification line: `SSH-2.0-` and what follows. */
  readonly ident: string
  /** Who may log in. */
  readonly accepted: readonly Account[]
  /** Offer keyboard-interactive, as OpenSSH does where the distribution has not turned it off. */
  readonly keyboardInteractive: boolean
}

/** Throws TypeError naming the key. */
export function checkSettings(given: unknown, identity: Identity): Settings {
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw new TypeError('ssh: settings are an object')
  const {
    ident = DEFAULT_IDENT,
    accept,
    keyboardInteractive,
  } = { ...given } as Record<string, unknown>
  if (
    typeof ident !== 'string' ||
    !/^SSH-2\.0-[!-~][ -~]*$/.test(ident) ||
    ident.length > MAX_IDENT_CHARACTERS
  )
    throw new TypeError('ident: SSH-2.0- and printable ASCII is needed')
  if (keyboardInteractive !== undefined && typeof keyboardInteractive !== 'boolean')
    throw new TypeError('keyboardInteractive: true or false is needed')
  return {
    ident,
    accepted: accounts(accept, identity, 'ssh', SERVER_ACCOUNTS),
    // Debian and Ubuntu turn it off.
    keyboardInteractive: keyboardInteractive ?? !/Ubuntu|Debian/.test(ident),
  }
}
