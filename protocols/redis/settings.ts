export type Settings = {
  /** `redis_version`; decides which error texts are spoken. */
  readonly version: string
  readonly os: string
  /** What `AUTH` must bring; undefined: anyone may do anything, the state bots look for. */
  readonly password: string | undefined
}

export function checkSettings(given: unknown): Settings {
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw new TypeError('redis: settings must be an object')
  const { version, os, password } = { ...given } as Record<string, unknown>
  if (version !== undefined && (typeof version !== 'string' || !/^[4-7]\.\d+\.\d+$/.test(version)))
    throw new TypeError('redis: version must be like "6.0.16", 4 to 7')
  if (os !== undefined && typeof os !== 'string') throw new TypeError('redis: os must be a string')
  if (password !== undefined && typeof password !== 'string')
    throw new TypeError('redis: password must be a string')
  return {
    version: version ?? '6.0.16',
    os: os ?? 'Linux 5.10.0-30-amd64 x86_64',
    password,
  }
}
