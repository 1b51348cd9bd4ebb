/** The 200 frames of the exchange, and what must arrive of each. */
const COUNT = 200
const MINIMUM_BYTES = 60
const ETHERNET_BYTES = 14

export type Exchanged = { readonly sent: Uint8Array; readonly expected: Uint8Array }

export function exchangeFrames(mtu: number): Exchanged[] {
  return Array.from({ length: COUNT }, (_, i) => {
    switch (i % 5) {
      case 0:
        return same(ipv4(i, MINIMUM_BYTES))
      case 1:
        return same(ipv4(i, mtu + ETHERNET_BYTES))
      case 2:
        return tagged(ipv4(i, 100 + i), i)
      case 3:
        return same(other(i, 61 + i))
      default:
        return same(ipv4(i, 200 + ((i * 7) % 1200)))
    }
  })
}

function same(frame: Uint8Array): Exchanged {
  return { sent: frame, expected: frame }
}

function tagged(frame: Uint8Array, id: number): Exchanged {
  const sent = new Uint8Array(frame.length + 4)
  sent.set(frame.subarray(0, 12))
  sent.set([0x81, 0x00, 0, id % 4095], 12) // 802.1Q, VLAN `id`
  sent.set(frame.subarray(12), 16)
  return { sent, expected: frame }
}

/** TCP to a stranger's MAC address, with a checksum that is wrong. */
function ipv4(id: number, length: number): Uint8Array {
  const frame = other(id, length)
  const view = new DataView(frame.buffer)
  view.setUint16(12, 0x0800)
  view.setUint8(14, 0x45)
  view.setUint16(16, length - ETHERNET_BYTES)
  view.setUint8(23, 6)
  view.setUint16(50, 0xbad0)
  return frame
}

/** EtherType 0x88b5, IEEE 802 local experimental. */
function other(id: number, length: number): Uint8Array {
  const frame = Uint8Array.from({ length }, (_, at) => (at * 31 + id) & 0xff)
  frame.set([0x02, 0xde, 0xad, 0xbe, 0xef, id & 0xff, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5])
  return frame
}
