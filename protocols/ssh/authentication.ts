/** Who may come in (RFC 4252, 4256), as OpenSSH answers it. */
import { createHash, randomInt } from 'node:crypto'
import type { AuthContext, AuthenticationType, Connection, KeyboardAuthContext } from 'ssh2'
import type { Session } from '../protocol.ts'
import { type Account, accepts } from '../shell/accounts.ts'
import type { Machine } from '../shell/machine.ts'
import { disconnect } from './disconnect.ts'

export type Visitor = {
  readonly session: Session
  readonly machine: Machine
  /** False once the conversation is over: ssh2 must not be asked for anything then. */
  alive(): boolean
}
export type Policy = {
  readonly accepted: readonly Account[]
  readonly keyboardInteractive: boolean
}

/** OpenSSH's MaxAuthTries. */
export const MAX_TRIES = 6
/** How long a wrong password takes, in ms: shorter than PAM's, so that a list gets further in a visit. */
const WRONG_PASSWORD_MS = { least: 300, most: 600 }
const MAX_REPORTED_CHARACTERS = 256
/** Answers of one keyboard-interactive response that are looked at. */
const MAX_ANSWERS = 4

/** The user who has come in; '' before. */
export function authenticate(client: Connection, visitor: Visitor, policy: Policy): () => string {
  const { session } = visitor
  const methods: AuthenticationType[] = ['publickey', 'password']
  if (policy.keyboardInteractive) methods.push('keyboard-interactive')
  let failures = 0
  let user = ''

  const seen = (context: AuthContext, method: string, secret: string, accepted: boolean): void =>
    session.report({
      kind: 'credential',
      method,
      user: cut(context.username),
      secret: cut(secret),
      accepted,
    })
  const refuse = (context: AuthContext): void => {
    if (!visitor.alive()) return
    if (++failures < MAX_TRIES) context.reject(methods)
    else disconnect(client, 'Too many authentication failures')
  }
  const judge = async (context: AuthContext, method: string, password: string): Promise<void> => {
    const right = accepts(policy.accepted, context.username, password)
    seen(context, method, password, right)
    if (!right) {
      await session.pause(randomInt(WRONG_PASSWORD_MS.least, WRONG_PASSWORD_MS.most))
      refuse(context)
    } else if (visitor.alive()) {
      user = context.username
      context.accept()
    }
  }
  /** A try goes on after a pause: by then ssh2 may have ended the conversation, and throws. */
  const attempt = (context: AuthContext, method: string, password: string): void => {
    judge(context, method, password).catch(() => client.end())
  }

  client.on('authentication', (context) => {
    switch (context.method) {
      case 'none':
        context.reject(methods)
        break
      case 'password':
        attempt(context, 'password', context.password)
        break
      case 'keyboard-interactive':
        if (policy.keyboardInteractive)
          ask(context, (answer) => attempt(context, 'keyboard-interactive', answer))
        else refuse(context)
        break
      case 'publickey':
        seen(context, 'publickey', fingerprint(context.key.data), false)
        refuse(context)
        break
      case 'hostbased':
        refuse(context)
    }
  })
  return () => user
}

function ask(context: KeyboardAuthContext, answered: (answer: string) => void): void {
  context.prompt([{ prompt: 'Password: ', echo: false }], (answers: unknown) => {
    // An abandoned request comes back as an Error.
    if (Array.isArray(answers)) answered(answers.slice(0, MAX_ANSWERS).map(String).join('\n'))
  })
}

/** As ssh-keygen -l shows a key. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}
const cut = (text: string): string => text.slice(0, MAX_REPORTED_CHARACTERS)
