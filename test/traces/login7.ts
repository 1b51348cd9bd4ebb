/** A TDS 7.1 login as a client sends it: [MS-TDS] 2.2.6.4 in one packet of type 16. */

const LOGIN7 = 0x10
const END_OF_MESSAGE = 0x01
const PACKET_HEADER_BYTES = 8
/** Where the texts begin: behind the fixed part of TDS 7.0 and 7.1. */
const TEXTS_AT = 86
const TDS_71 = 0x7100_0001
const PACKET_BYTES = 4096

export type Names = {
  readonly host: string
  readonly user: string
  readonly password: string
  readonly application: string
  readonly server: string
  readonly library: string
}

export function login7({ host, user, password, application, server, library }: Names): Buffer {
  const texts = [
    ucs2(host),
    ucs2(user),
    veil(ucs2(password)),
    ucs2(application),
    ucs2(server),
    ucs2(''), // extension
    ucs2(library),
    ucs2(''), // language
    ucs2('master'),
  ]
  const fixed = Buffer.alloc(TEXTS_AT)
  fixed.writeUInt32LE(TDS_71, 4)
  fixed.writeUInt32LE(PACKET_BYTES, 8)
  let at = TEXTS_AT
  for (const [n, text] of texts.entries()) {
    fixed.writeUInt16LE(at, 36 + 4 * n)
    fixed.writeUInt16LE(text.length / 2, 38 + 4 * n)
    at += text.length
  }
  // The client's address, then SSPI and the database file, both empty.
  fixed.set([0x02, 0x00, 0x5e, 0x00, 0x53, 0x07], 72)
  fixed.writeUInt16LE(at, 78)
  fixed.writeUInt16LE(at, 82)
  fixed.writeUInt32LE(at, 0)
  const header = Buffer.from([LOGIN7, END_OF_MESSAGE, 0, 0, 0, 0, 1, 0])
  header.writeUInt16BE(PACKET_HEADER_BYTES + at, 2)
  return Buffer.concat([header, fixed, ...texts])
}

const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le')

/** Every byte: the nibbles swap places, then XOR 0xA5. */
const veil = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte) => (((byte << 4) | (byte >>> 4)) & 0xff) ^ 0xa5))
