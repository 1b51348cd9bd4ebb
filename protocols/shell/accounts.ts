/** Who may log in: a few weak accounts that this machine has and others have not. */
import type { Identity } from '../protocol.ts'

export type Account = readonly [user: string, password: string]
/** Accounts a machine has when its settings name none. */
const DRAWN_ACCOUNTS = 3
const MAX_ACCOUNTS = 64

/** As they leave the factory (the list that the first Mirai tried, published with its source). */
export const DEVICE_ACCOUNTS: readonly Account[] = [
  ['root', 'xc3511'], ['root', 'vizxv'], ['root', 'admin'], ['admin', 'admin'], ['root', '888888'],
  ['root', 'xmhdipc'], ['root', 'default'], ['root', 'juantech'], ['root', '123456'], ['root', '54321'],
  ['root', 'root'], ['root', '12345'], ['root', 'pass'], ['admin', '1111'], ['root', '1234'],
  ['root', 'klv123'], ['root', 'klv1234'], ['root', 'Zte521'], ['root', 'hi3518'], ['root', 'jvbzd'],
  ['root', 'anko'], ['root', '7ujMko0vizxv'], ['root', '7ujMko0admin'], ['root', 'ikwb'], ['root', 'dreambox'],
] // biome-ignore format: a table

/** As careless administrators choose them. */
export const SERVER_ACCOUNTS: readonly Account[] = [
  ['root', '123456'], ['root', 'password'], ['root', 'root'], ['root', 'toor'], ['root', 'admin123'],
  ['root', 'qwerty'], ['root', '1qaz2wsx'], ['root', 'P@ssw0rd'], ['root', '12345678'], ['root', 'abc123'],
  ['root', 'Passw0rd'], ['root', 'changeme'], ['root', '111111'], ['root', 'root123'], ['root', 'test123'],
  ['ubuntu', 'ubuntu'], ['admin', 'admin'], ['test', 'test'], ['user', 'user'], ['oracle', 'oracle'],
  ['postgres', 'postgres'], ['git', 'git'], ['deploy', 'deploy'], ['ftpuser', 'ftpuser'],
] // biome-ignore format: a table

/** `given`: the setting `accept`, a list of [user, password]; undefined: drawn from the pool. Throws TypeError. */
export function accounts(
  given: unknown,
  identity: Identity,
  label: string,
  pool: readonly Account[],
): readonly Account[] {
  if (given === undefined) {
    const rest = [...pool]
    const drawn = identity.secret(`${label} accounts`, DRAWN_ACCOUNTS * 4)
    return Array.from({ length: DRAWN_ACCOUNTS }, (_, i) => {
      const at = drawn.readUInt32BE(i * 4) % rest.length
      return rest.splice(at, 1)[0] as Account
    })
  }
  const valid =
    Array.isArray(given) &&
    given.length <= MAX_ACCOUNTS &&
    given.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'),
    )
  if (!valid)
    throw new TypeError(`accept: a list of at most ${MAX_ACCOUNTS} [user, password] is needed`)
  return given as Account[]
}

export function accepts(list: readonly Account[], user: string, password: string): boolean {
  return list.some(([name, secret]) => name === user && secret === password)
}
