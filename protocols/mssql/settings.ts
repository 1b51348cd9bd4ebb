export type Settings = {
  /** Product version, four numbers: 10.50.1600.1 is SQL Server 2008 R2, the last to take TDS 4.2. */
  readonly version: readonly [number, number, number, number]
  /** [user, password] pairs that get in. */
  readonly accept: readonly (readonly [string, string])[]
}

export function checkSettings(given: unknown): Settings {
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw new TypeError('mssql: settings must be an object')
  const { version = '10.50.1600.1', accept = [] } = { ...given } as Record<string, unknown>
  if (typeof version !== 'string' || !/^\d{1,2}\.\d{1,2}\.\d{1,5}\.\d{1,3}$/.test(version))
    throw new TypeError('mssql: version must be like "10.50.1600.1"')
  if (!Array.isArray(accept) || !accept.every(isPair))
    throw new TypeError('mssql: accept must be a list of [user, password]')
  const [major = 0, minor = 0, build = 0, patch = 0] = version.split('.').map(Number)
  return { version: [major, minor, build, patch], accept }
}

const isPair = (pair: unknown): pair is [string, string] =>
  Array.isArray(pair) && pair.length === 2 && pair.every((word) => typeof word === 'string')
