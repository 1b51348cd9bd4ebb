/** Everything a protocol can say about a visitor. One shape per kind; the kind is the tag. */
export type Observation =
  | {
      readonly kind: 'credential'
      /** How it was offered: password, publickey, basic, digest, ntlmv2, none … */
      readonly method: string
      readonly user: string
      /** What was offered, as text: the password, a key's SHA256 fingerprint, a hash. */
      readonly secret: string
      readonly accepted: boolean
      /** What else the login said: host, application, database … */
      readonly fields?: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'command'
      /** As typed, without the line end. */
      readonly text: string
    }
  | {
      readonly kind: 'request'
      readonly verb: string
      /** As sent: path and query of HTTP, undecoded. */
      readonly target: string
      readonly version?: string
      /** Header names in lower case. */
      readonly headers?: Readonly<Record<string, string>>
      /** The first bytes of a body, latin1. */
      readonly body?: string
    }
  | {
      readonly kind: 'client'
      /** What the client says it is: the SSH ident line, a library and application name … */
      readonly software: string
      readonly hassh?: string
      readonly fields?: Readonly<Record<string, string>>
    }
  | {
      /** A file the visitor delivered; the bytes themselves stay out of the event. */
      readonly kind: 'file'
      readonly name: string
      readonly bytes: number
      readonly sha256: string
    }
  | { readonly kind: 'malformed'; readonly reason: string }

export type ObservationOf<K extends Observation['kind']> = Extract<Observation, { kind: K }>
