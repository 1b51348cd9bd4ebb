/** Telnet (RFC 854, 855): data and commands share one stream. */
import { Malformed } from '../reader.ts'

export const IAC = 255
export const DONT = 254
export const DO = 253
export const WONT = 252
export const WILL = 251
const SB = 250
const SE = 240

/** RFC 857, 858, 1073. */
export const ECHO = 1
export const SGA = 3
export const NAWS = 31

/** Bytes of one subnegotiation: the longest that clients send, an environment (RFC 1572), is far shorter. */
export const MAX_SUBNEGOTIATION_BYTES = 1024

const DATA = 0
const COMMAND = 1
const OPTION = 2
const SUB = 3
const SUB_COMMAND = 4

/** Takes the commands out of a stream that arrives in pieces. What the visitor negotiates is not answered, as BusyBox does it. */
export class Decoder {
  #state = DATA
  #subBytes = 0

  /** The data among these bytes: IAC IAC is one 255. Throws Malformed. */
  data(bytes: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(bytes.length)
    let length = 0
    for (const byte of bytes) {
      switch (this.#state) {
        case DATA:
          if (byte === IAC) this.#state = COMMAND
          else out[length++] = byte
          break
        case COMMAND:
          this.#state = DATA
          if (byte === IAC) out[length++] = IAC
          else if (byte >= WILL && byte <= DONT) this.#state = OPTION
          else if (byte === SB) {
            this.#state = SUB
            this.#subBytes = 0
          }
          break
        case OPTION:
          this.#state = DATA
          break
        case SUB:
          if (byte === IAC) this.#state = SUB_COMMAND
          else this.#count()
          break
        default:
          this.#state = byte === SE ? DATA : SUB
          if (byte !== SE) this.#count()
      }
    }
    return out.subarray(0, length)
  }

  #count(): void {
    if (++this.#subBytes > MAX_SUBNEGOTIATION_BYTES) throw new Malformed('subnegotiation too long')
  }
}

/** latin1 text as data: a 255 is doubled. */
export function encode(text: string): Buffer {
  return Buffer.from(
    text.includes('\u00ff') ? text.replaceAll('\u00ff', '\u00ff\u00ff') : text,
    'latin1',
  )
}
