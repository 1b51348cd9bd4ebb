/** The hub's address as an operator writes it: mqtt://user:pass@host:port or mqtts://… */
import type { IClientOptions } from 'mqtt'

export type BrokerAddress = Required<Pick<IClientOptions, 'protocol' | 'host' | 'port'>> &
  Pick<IClientOptions, 'username' | 'password'>

const DEFAULT_PORT = { 'mqtt:': 1883, 'mqtts:': 8883 } as const

/** undefined for anything else. */
export const parseBrokerUrl = (text: string): BrokerAddress | undefined => {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')) return undefined
  if (url.hostname === '') return undefined
  try {
    return {
      protocol: url.protocol === 'mqtt:' ? 'mqtt' : 'mqtts',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? DEFAULT_PORT[url.protocol] : Number(url.port),
      ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
      ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    }
  } catch {
    return undefined
  }
}
