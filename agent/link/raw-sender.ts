/** Whole IP packets to one interface through raw-socket, for links without an Ethernet header. Main thread only. */
import type { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import { interfaceError, LinkError } from './link-error.ts'

const IPPROTO_RAW = 255
const SOL_SOCKET = 1
const SO_BINDTODEVICE = 25
const IPV4 = 1
const IPV6 = 2
const IPV4_BYTES = 20
const IPV6_BYTES = 40

export type RawSender = {
  /** True when the kernel took the packet. */
  send(packet: Buffer): boolean
  close(): void
}

/** raw-socket 1.8.1: its own `send` hands over one packet a turn of the event loop; `wrap` does so at once. */
type Socket = {
  readonly wrap: {
    send(packet: Buffer, offset: number, length: number, to: string, sent: () => void): void
  }
  setOption(level: number, option: number, value: Buffer, length: number): void
  pauseRecv(): void
  close(): void
}
type RawSocket = { createSocket(options: { protocol: number; addressFamily: number }): Socket }

export function openRawSender(ifname: string): RawSender {
  const sockets: Socket[] = []
  const close = () => {
    for (const socket of sockets.splice(0)) socket.close()
  }
  try {
    const raw: RawSocket = createRequire(import.meta.url)('raw-socket')
    const bind = (addressFamily: number): Socket => {
      const socket = raw.createSocket({ protocol: IPPROTO_RAW, addressFamily })
      sockets.push(socket)
      const name = globalThis.Buffer.from(`${ifname}\0`)
      socket.setOption(SOL_SOCKET, SO_BINDTODEVICE, name, name.length)
      socket.pauseRecv()
      return socket
    }
    const v4 = bind(IPV4)
    const v6 = bind(IPV6)
    return { send: (packet) => sockets.length > 0 && send(v4, v6, packet), close }
  } catch (error) {
    close()
    const text = error instanceof Error ? error.message : String(error)
    if (/permi/i.test(text)) throw interfaceError(ifname, 'EPERM', error)
    throw new LinkError('EIO', `${ifname}: raw-socket: ${text}`, error)
  }
}

function send(v4: Socket, v6: Socket, packet: Buffer): boolean {
  const six = (packet[0] ?? 0) >> 4 === 6
  if (packet.length < (six ? IPV6_BYTES : IPV4_BYTES)) return false
  try {
    const to = six ? addressV6(packet) : packet.subarray(16, 20).join('.')
    const { wrap } = six ? v6 : v4
    wrap.send(packet, 0, packet.length, to, () => {})
    return true
  } catch {
    return false
  }
}

// RFC 8200, section 3: the destination is bytes 24 to 39
function addressV6(packet: Buffer): string {
  const groups: string[] = []
  for (let at = 24; at < 40; at += 2) groups.push(packet.readUInt16BE(at).toString(16))
  return groups.join(':')
}
