/** The web console of Cisco IOS: no length, every answer ends its connection. */
import type { Family } from './families.ts'
import { REASONS } from './pages.ts'

export const CISCO_IOS = 'cisco-IOS'

export function ciscoIos(): Family {
  const reason = (status: number): string => REASONS[status] ?? ''
  return {
    name: CISCO_IOS,
    order: ['Date', 'Server', 'Connection', 'Accept-Ranges', 'WWW-Authenticate'],
    reason,
    methods: (verb) => (['GET', 'HEAD', 'POST'].includes(verb) ? undefined : 400),
    error: (status) => ({
      status,
      body: `${status} ${reason(status)}\r\n`,
      extra: [['Accept-Ranges', 'none']],
      closes: true,
    }),
    index: '',
    etag: () => undefined,
    saysKeepAlive: false,
    wantsPath: false,
    wantsHost: false,
  }
}
