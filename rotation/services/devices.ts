/** What the small servers of devices say until the protocols have folders of their own. Plain data for `dialogue`. */
import type { PersonaData } from '../data.ts'

type Port = PersonaData['ports'][string]

/** A binary protocol whose every opening is refused: it hangs up on what it does not understand. */
export const hangsUp = (source: string): Port => ({
  protocol: 'dialogue',
  settings: { closeOtherwise: true },
  source,
})

type Rtsp = {
  /** Between the first line and the end of every answer's head, without the line ends. */
  readonly headers: readonly string[]
  /** `Public:` of the answer to OPTIONS. */
  readonly methods: string
  readonly realm: string
  readonly source: string
}

/** RFC 2326: OPTIONS is free, all else wants a password. */
export function rtsp({ headers, methods, realm, source }: Rtsp): Port {
  const answer = (status: string, extra: string) => [
    `RTSP/1.0 ${status}\r\nCSeq: `,
    { field: 'CSeq' },
    ['', ...headers, extra, '', ''].join('\r\n'),
  ]
  const challenge = `WWW-Authenticate: Basic realm="${realm}"`
  return {
    protocol: 'dialogue',
    settings: {
      lines: 'heads',
      rules: [
        { starts: 'OPTIONS ', say: answer('200 OK', `Public: ${methods}`) },
        { starts: 'DESCRIBE ', say: answer('401 Unauthorized', challenge) },
        { starts: 'SETUP ', say: answer('401 Unauthorized', challenge) },
      ],
      otherwise: answer('400 Bad Request', 'Connection: close'),
      closeOtherwise: true,
    },
    source,
  }
}

type Ftp = {
  /** Text or parts of the greeting behind `220 `. */
  readonly greeting: readonly (string | { readonly hostname: 'as-is' | 'lower' | 'upper' })[]
  readonly askPassword: string
  readonly refused: string
  readonly goodbye: string
  /** Behind the code, for a command that is not known or not allowed before the login. */
  readonly otherwise: string
  readonly system?: string
  readonly source: string
}

/** RFC 959 4.2: nobody gets in. */
export function ftp(given: Ftp): Port {
  const line = (text: string): string => `${text}\r\n`
  return {
    protocol: 'dialogue',
    settings: {
      lines: true,
      greeting: ['220 ', ...given.greeting, '\r\n'],
      rules: [
        { starts: 'USER ', credential: 'user', say: line(`331 ${given.askPassword}`) },
        { starts: 'PASS', credential: 'password', say: line(`530 ${given.refused}`) },
        ...(given.system === undefined
          ? []
          : [{ starts: 'SYST', say: line(`215 ${given.system}`) }]),
        { starts: 'QUIT', say: line(`221 ${given.goodbye}`), close: true },
      ],
      otherwise: line(given.otherwise),
    },
    source: given.source,
  }
}
