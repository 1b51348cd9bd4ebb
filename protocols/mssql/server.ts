/** A TDS conversation: PRELOGIN, one login, and what follows when it was accepted. */
import type { Identity, Service, Session } from '../protocol.ts'
import { MAX_UNREAD_BYTES, Malformed } from '../reader.ts'
import { decode, decodePrelogin, encode, encodePrelogin, frame, TYPE } from './codec.ts'
import { decodeLogin, decodeLogin7, LOGIN_LEAST_BYTES, type Login } from './login.ts'
import { decodeBatch, decodeCall } from './request.ts'
import type { Settings } from './settings.ts'
import { DONE, Tokens } from './tokens.ts'

/** A message of many packets is put together up to this size, bytes. */
const MAX_MESSAGE_BYTES = MAX_UNREAD_BYTES
/** PRELOGINs before the login; one is usual. */
const MAX_PRELOGINS = 4

type Message = { readonly type: number; readonly data: Buffer; readonly whole: boolean }

export const server =
  (settings: Settings, identity: Identity): Service =>
  async (session: Session) => {
    const spid = 51 + ((identity.secret(`mssql spid ${session.remote.port}`, 1)[0] ?? 0) % 40)
    const send = (data: Buffer): Promise<void> => session.write(encode(TYPE.reply, spid, data))
    const login = await enter(session, settings, send)
    if (login === undefined) return
    const tds = Math.min(Number(login.tds), newest(settings))
    const tokens = (): Tokens => new Tokens(tds, identity.hostname.toUpperCase())
    if (!greet(session, settings, login)) {
      await send(tokens().error(refusal(login)).done(DONE.error).end())
      return
    }
    await send(welcome(tokens(), settings))
    for (;;) {
      const message = await next(session)
      if (message === undefined || !message.whole) return
      if (message.type === TYPE.batch) {
        const sql = decodeBatch(message.data, tds)
        session.report({ kind: 'command', text: sql })
        await send(answer(tokens(), settings, sql))
      } else if (message.type === TYPE.rpc) {
        const { name, argument } = decodeCall(message.data, tds)
        session.report({
          kind: 'command',
          text: argument === undefined ? `EXEC ${name}` : `EXEC ${name} ${argument}`,
        })
        await send(tokens().procedure(DONE.final).end())
      } else if (message.type === TYPE.attention) await send(tokens().done(DONE.attention).end())
      else throw new Malformed(`message type ${message.type} after login`)
    }
  }

/** The latest dialect this version speaks (MS-TDS 2.2.7.14, TDSVersion). */
const newest = ({ version: [major] }: Settings): number =>
  ({ 6: 4.2, 7: 7.0, 8: 7.1, 9: 7.2, 10: 7.3 })[major] ?? 7.4

async function enter(
  session: Session,
  settings: Settings,
  send: (data: Buffer) => Promise<void>,
): Promise<Login | undefined> {
  for (let count = 0; count <= MAX_PRELOGINS; count++) {
    const message = await next(session)
    if (message === undefined) return undefined
    const { type, data, whole } = message
    if (type === TYPE.login && (whole || data.length >= LOGIN_LEAST_BYTES)) return decodeLogin(data)
    if (!whole) throw new Malformed('stream ended inside a message')
    if (type === TYPE.login7) return decodeLogin7(data)
    if (type !== TYPE.prelogin) throw new Malformed(`message type ${type} before login`)
    const { version, encryption, instance } = decodePrelogin(data)
    session.report({
      kind: 'client',
      software: `TDS ${version}`,
      fields: { encryption, ...(instance === '' ? {} : { instance }) },
    })
    await send(encodePrelogin(settings.version))
  }
  throw new Malformed('too many preludes')
}

/** A message of one or more packets; not whole when the visitor left between them. */
async function next({ reader }: Session): Promise<Message | undefined> {
  const parts: Buffer[] = []
  let length = 0
  let type: number | undefined
  for (;;) {
    const bytes = await reader.message(frame)
    if (bytes === undefined)
      return type === undefined ? undefined : { type, data: Buffer.concat(parts), whole: false }
    const packet = decode(bytes)
    type ??= packet.type
    if (packet.type !== type) throw new Malformed('packet of another message')
    length += packet.data.length
    if (length > MAX_MESSAGE_BYTES) throw new Malformed('message too long')
    if (packet.data.length === 0 && !packet.last) throw new Malformed('empty packet')
    parts.push(packet.data)
    if (packet.last) return { type, data: Buffer.concat(parts), whole: true }
  }
}

/** Report the login; is it one of those that get in? */
function greet(session: Session, settings: Settings, login: Login): boolean {
  const { user, password, sspi, fields } = login
  const accepted = !sspi && settings.accept.some(([u, p]) => u === user && p === password)
  session.report({
    kind: 'credential',
    method: sspi ? 'sspi' : 'password',
    user,
    secret: password,
    accepted,
    fields,
  })
  return accepted
}

const refusal = ({ user, sspi }: Login) =>
  sspi
    ? {
        number: 18452,
        state: 1,
        severity: 14,
        text: 'Login failed. The login is from an untrusted domain and cannot be used with Windows authentication.',
      }
    : { number: 18456, state: 1, severity: 14, text: `Login failed for user '${user}'.` }

/** What a server says to a login that it accepts (MS-TDS 4.4). */
function welcome(tokens: Tokens, settings: Settings): Buffer {
  return tokens
    .environment(1, 'master', 'master')
    .info({ number: 5701, state: 2, severity: 0, text: "Changed database context to 'master'." })
    .collation()
    .environment(2, 'us_english', '')
    .info({ number: 5703, state: 1, severity: 0, text: 'Changed language setting to us_english.' })
    .loginAck(settings.version)
    .environment(4, '4096', '4096')
    .done(DONE.final)
    .end()
}

/** Nothing is run: a version for who asks for it, an error for what a fresh server has not, else silence. */
function answer(tokens: Tokens, settings: Settings, sql: string): Buffer {
  const words = sql
    .trim()
    .slice(0, 256)
    .split(/[\s;(]+/)
  const [first = '', second = ''] = words.map((word) => word.toLowerCase())
  if (first === 'select' && second === '@@version') return tokens.value(banner(settings)).end()
  const called = first === 'exec' || first === 'execute' ? (words[1] ?? '') : ''
  const name = called
    .replace(/^.*\./, '')
    .replace(/[[\]'"]/g, '')
    .toLowerCase()
  if (name === 'xp_cmdshell') return tokens.error(BLOCKED).procedure(DONE.error, 1).end()
  if (called !== '' && !/^[sx]p_/.test(name))
    return tokens
      .error({
        number: 2812,
        state: 62,
        severity: 16,
        text: `Could not find stored procedure '${called}'.`,
      })
      .done(DONE.error)
      .end()
  return called !== '' ? tokens.procedure(DONE.final).end() : tokens.done(DONE.final).end()
}

const BLOCKED = {
  number: 15281,
  state: 1,
  severity: 16,
  text: "SQL Server blocked access to procedure 'sys.xp_cmdshell' of component 'xp_cmdshell' because this component is turned off as part of the security configuration for this server. A system administrator can enable the use of 'xp_cmdshell' by using sp_configure. For more information about enabling 'xp_cmdshell', see \"Surface Area Configuration\" in SQL Server Books Online.",
}

const NAMES: Readonly<Record<number, string>> = {
  8: '2000',
  9: '2005',
  10: '2008 R2',
  11: '2012',
  12: '2014',
  13: '2016',
  14: '2017',
  15: '2019',
  16: '2022',
}

function banner({ version }: Settings): string {
  const [major] = version
  return `Microsoft SQL Server ${NAMES[major] ?? ''} (RTM) - ${version.join('.')} (X64) \n\tStandard Edition (64-bit)\n`
}
