/**
 * The event of every flow as text, written at once: the same bytes as JSON.stringify of `connectionEvent`
 * (test/agent/connection-text.test.ts), without the object and its strings.
 */
import type { Identity } from '../protocols/protocol.ts'
import { communityId } from './fingerprint/community-id.ts'
import { PREVIEW_CHARS, type Stamp } from './report.ts'
import type { Flow } from './stack/flow.ts'
import type { Value } from './store/store.ts'
import type { TextPage } from './text-page.ts'

/** Longest line: names and signature are bounded, a byte of the preview takes at most five characters. */
const MAX_BYTES = 4096 + 5 * PREVIEW_CHARS
const VALUE: Value = 1
const SECOND_MS = 1000
const QUOTE = 0x22
const BACKSLASH = 0x5c
const HEX = Buffer.from('0123456789abcdef')

const piece = (text: string): Buffer => Buffer.from(text)
const START = piece('{"@timestamp":"')
const ID = piece('","event":{"id":"')
const DURATION = piece(
  '","action":"connection","kind":"event","category":["network"],"severity":1,"duration":',
)
const REASON = piece(',"reason":"')
const PORT = piece('","port":')
const BYTES = piece(',"bytes":')
const DESTINATION = piece('},"destination":{"ip":"')
const NETWORK = piece('},"network":{"transport":"tcp","protocol":"')
const COMMUNITY = piece('","community_id":"')
const FLOW = piece('"},"cuttle":{"flow":"')
const VERIFIED = piece('","verified":true')
const SIGNATURE = piece(',"signature":"')
const SCANNER = piece(',"scanner":"')
const PAYLOAD = piece(',"payload":{"sha256":"')
const PREVIEW = piece('","preview":"')
const PAYLOAD_BYTES = piece('","bytes":')
const QUOTED = piece('"')
const CLOSED = piece('}')
const ENDED = piece('}}')
const NS = piece('000000')

export class ConnectionText {
  readonly #stamp: Stamp
  readonly #observer: Buffer
  readonly #time = Buffer.from('1970-01-01T00:00:00.000Z')
  #second = -1
  #identity: Identity | undefined
  #who = QUOTED

  constructor(stamp: Stamp) {
    this.#stamp = stamp
    this.#observer = piece(
      `"},"observer":{"name":${JSON.stringify(stamp.sensor)},"type":"honeypot"},"source":{"ip":"`,
    )
  }

  /** One line. False: there is no room on the page. */
  write(
    page: TextPage,
    flow: Flow,
    protocol: string,
    payload: Uint8Array,
    durationMs: number,
  ): boolean {
    if (!page.begin(VALUE, MAX_BYTES)) return false
    const stamp = this.#stamp
    const { remote, local, signature, scanner } = flow
    const now = stamp.now()
    page.piece(START)
    page.piece(this.#iso(now))
    page.piece(ID)
    page.ascii(stamp.id(now))
    page.piece(DURATION)
    const ms = Math.round(durationMs)
    page.whole(ms)
    if (ms !== 0) page.piece(NS)
    page.piece(REASON)
    page.ascii(flow.ending ?? 'fin')
    page.piece(this.#observer)
    page.ascii(remote.address)
    page.piece(PORT)
    page.whole(remote.port)
    page.piece(BYTES)
    page.whole(flow.bytesIn)
    page.piece(DESTINATION)
    page.ascii(local.address)
    page.piece(PORT)
    page.whole(local.port)
    page.piece(BYTES)
    page.whole(flow.bytesOut)
    page.piece(NETWORK)
    page.ascii(protocol)
    page.piece(COMMUNITY)
    page.ascii(communityId('tcp', remote.address, remote.port, local.address, local.port) ?? '')
    page.piece(FLOW)
    page.ascii(flow.id)
    page.piece(this.#persona(flow))
    page.ascii(flow.door)
    page.piece(VERIFIED)
    if (signature !== '') {
      page.piece(SIGNATURE)
      page.ascii(signature)
      page.piece(QUOTED)
    }
    if (scanner !== '') {
      page.piece(SCANNER)
      page.ascii(scanner)
      page.piece(QUOTED)
    }
    if (payload.length > 0) {
      page.piece(PAYLOAD)
      page.ascii(stamp.sha256(payload))
      page.piece(PREVIEW)
      escapedPreview(page, payload)
      page.piece(PAYLOAD_BYTES)
      page.whole(payload.length)
      page.piece(CLOSED)
    }
    page.piece(ENDED)
    page.end()
    return true
  }

  #iso(ms: number): Uint8Array {
    const second = Math.floor(ms / SECOND_MS)
    const time = this.#time
    if (second !== this.#second) {
      this.#second = second
      time.write(new Date(ms).toISOString(), 'latin1')
    }
    const rest = ms - second * SECOND_MS
    time[20] = 0x30 + Math.floor(rest / 100)
    time[21] = 0x30 + (Math.floor(rest / 10) % 10)
    time[22] = 0x30 + (rest % 10)
    return time
  }

  /** Of whoever the flow met: seldom another than the last. */
  #persona(flow: Flow): Uint8Array {
    const { identity, id } = flow.persona
    if (identity !== this.#identity) {
      this.#identity = identity
      const names = `${JSON.stringify(identity.id)},"persona":${JSON.stringify(id)}`
      this.#who = piece(`","identity":${names},"door":"`)
    }
    return this.#who
  }
}

/** `preview` (protocols/generic/preview.ts) as it stands in a JSON text. */
function escapedPreview(page: TextPage, payload: Uint8Array): void {
  const { bytes } = page
  let { at } = page
  const count = Math.min(payload.length, PREVIEW_CHARS)
  for (let i = 0; i < count; i++) {
    const byte = payload[i] as number
    if (byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH) {
      bytes[at++] = byte
      continue
    }
    bytes[at++] = BACKSLASH
    if (byte === QUOTE) {
      bytes[at++] = QUOTE
      continue
    }
    bytes[at++] = BACKSLASH
    if (byte === BACKSLASH) {
      bytes[at++] = BACKSLASH
      bytes[at++] = BACKSLASH
      continue
    }
    bytes[at++] = 0x78
    bytes[at++] = HEX[byte >> 4] as number
    bytes[at++] = HEX[byte & 15] as number
  }
  page.at = at
}
