/** Searches are recorded; the answer is longer than they are and goes out only when its visitor has said enough. */
import { answer } from '../answer.ts'
import { reported } from '../header-lines.ts'
import type { DatagramService, Identity } from '../protocol.ts'
import { checkLine, checkRecord } from '../settings.ts'
import { decode } from './codec.ts'

const MAX_SETTING_CHARACTERS = 128
const MAX_REPORTED_CHARACTERS = 256
const ROOT = 'upnp:rootdevice'
/** UPnP Device Architecture 2.0, 1.3.3. */
const MAX_AGE_SECONDS = 1800

export type Settings = {
  /** OS/version UPnP/version product/version; undefined: it answers nobody. */
  readonly server: string | undefined
  /** Port and path of its description, like `:49152/rootDesc.xml`. */
  readonly location: string
}

/** { server?: string, location?: ':port/path' }. Throws TypeError naming the key. */
export function checkSettings(given: unknown): Settings {
  const bag = checkRecord(given, 'ssdp', ['server', 'location'])
  const location = checkLine(bag.location, 'ssdp.location', MAX_SETTING_CHARACTERS) ?? '/'
  if (!/^(:\d{1,5})?\//.test(location))
    throw new TypeError('ssdp.location: like :49152/rootDesc.xml')
  return { server: checkLine(bag.server, 'ssdp.server', MAX_SETTING_CHARACTERS), location }
}

export function server(settings: Settings, identity: Identity): DatagramService {
  const uuid = uuidOf(identity.secret('ssdp uuid', 16))
  return (visit) => {
    const { verb, headers } = decode(visit.datagram)
    const target = headers.get('st') ?? headers.get('nt') ?? ''
    visit.report({
      kind: 'request',
      verb,
      target: target.slice(0, MAX_REPORTED_CHARACTERS),
      headers: reported(headers),
    })
    if (settings.server === undefined || verb !== 'M-SEARCH') return
    // 1.3.2: a search without its MAN is ignored.
    if (headers.get('man') !== '"ssdp:discover"') return
    const found = [ROOT, `uuid:${uuid}`].find((own) => target === own || target === 'ssdp:all')
    if (found === undefined) return
    const { address } = visit.local
    const host = address.includes(':') ? `[${address}]` : address
    const usn = found === ROOT ? `uuid:${uuid}::${ROOT}` : found
    const lines = [
      'HTTP/1.1 200 OK',
      `CACHE-CONTROL: max-age=${MAX_AGE_SECONDS}`,
      'EXT:',
      `LOCATION: http://${host}${settings.location}`,
      `SERVER: ${settings.server}`,
      `ST: ${found}`,
      `USN: ${usn}`,
    ]
    answer(visit, Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  }
}

/** RFC 9562 5.4: version 4, variant 10. */
function uuidOf(bytes: Buffer): string {
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [0, 8, 12, 16, 20].map((at, i) => hex.slice(at, [8, 12, 16, 20, 32][i])).join('-')
}
