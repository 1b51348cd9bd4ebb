/** SSH_MSG_DISCONNECT with words: ssh2 sends it only without (RFC 4253, 11.1). */
import type { Connection } from 'ssh2'

const MSG_DISCONNECT = 1
const PROTOCOL_ERROR = 2

/** The part of ssh2 1.17's Connection that its types leave out. */
type Inside = {
  readonly _protocol: {
    readonly _packetRW: {
      readonly write: {
        readonly allocStart: number
        alloc(length: number): Uint8Array
        finalize(packet: Uint8Array): Uint8Array
      }
    }
    readonly _cipher: { encrypt(packet: Uint8Array): void }
  }
  readonly _sock: { end(): void }
}

/** Says goodbye with `text`, as OpenSSH's ssh_packet_disconnect does, and hangs up. */
export function disconnect(client: Connection, text: string): void {
  const { _protocol: protocol, _sock: socket } = client as unknown as Inside
  const writer = protocol._packetRW.write
  const words = Buffer.from(text)
  const packet = writer.alloc(1 + 4 + 4 + words.length + 4)
  const fields = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)
  let at = fields.writeUInt8(MSG_DISCONNECT, writer.allocStart)
  at = fields.writeUInt32BE(PROTOCOL_ERROR, at)
  at = fields.writeUInt32BE(words.length, at)
  fields.set(words, at)
  fields.writeUInt32BE(0, at + words.length) // language tag
  protocol._cipher.encrypt(writer.finalize(packet))
  socket.end()
}
