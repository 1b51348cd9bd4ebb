/** pcapng (draft-ietf-opsawg-pcapng): section by section, each with its own byte order and interfaces. */
import type { CaptureFrame } from './capture-file.ts'
import { bytesOf, type CaptureSource } from './capture-source.ts'
import { linkLayer } from './link-layer.ts'

/** Section Header Block; reads the same in both byte orders. */
export const BLOCK_SECTION = 0x0a0d0d0a
const BLOCK_INTERFACE = 1
const BLOCK_PACKET = 2 // obsolete, still found
const BLOCK_SIMPLE = 3
const BLOCK_ENHANCED = 6
const BYTE_ORDER = 0x1a2b3c4d

const MAX_BLOCK_BYTES = 16 * 1024 * 1024
const MAX_INTERFACES = 4096
const FRAME_BYTES = 12 // a block around its body: type, length, length again
const BYTE_ORDER_BYTES = 4

const OPTION_END = 0
const OPTION_RESOLUTION = 9
const OPTION_OFFSET = 14

type Interface = {
  linkType: number
  snapBytes: number
  unitsPerMs: number
  offsetMs: number
}

type Section = { little: boolean; interfaces: Interface[] }

/** The frames of a file whose first four bytes, the first block's type, are read already. */
export function* pcapngFrames(source: CaptureSource): Generator<CaptureFrame, void> {
  let section = readSection(source, source.offset - 4)
  for (;;) {
    const at = source.offset
    const type = source.maybe(4, 'a block header')
    if (!type) return
    const kind = type.getUint32(0, section.little)
    if (kind === BLOCK_SECTION) {
      section = readSection(source, at)
      continue
    }
    const total = source.take(4, 'a block header').getUint32(0, section.little)
    if (!wanted(kind)) {
      skipBody(source, section, at, total, 0)
      continue
    }
    if (total > MAX_BLOCK_BYTES) throw damaged(source, at, `a block of ${total} bytes`)
    const body = readBody(source, section, at, total)
    if (kind === BLOCK_INTERFACE) addInterface(source, section, at, body)
    else {
      const frame = readPacket(source, section, at, kind, body)
      if (frame) yield frame
    }
  }
}

function wanted(kind: number): boolean {
  return (
    kind === BLOCK_INTERFACE ||
    kind === BLOCK_PACKET ||
    kind === BLOCK_SIMPLE ||
    kind === BLOCK_ENHANCED
  )
}

// draft-ietf-opsawg-pcapng, section 4.1
function readSection(source: CaptureSource, at: number): Section {
  const total = source.take(4, 'the section header')
  const order = source.take(BYTE_ORDER_BYTES, 'the section header')
  const little = order.getUint32(0, true) === BYTE_ORDER
  if (!little && order.getUint32(0) !== BYTE_ORDER)
    throw damaged(source, at, 'a section without a byte-order mark')
  const section = { little, interfaces: [] }
  skipBody(source, section, at, total.getUint32(0, little), BYTE_ORDER_BYTES)
  return section
}

/** Passes over what is left of a block of which `taken` bytes of body are read. */
function skipBody(
  source: CaptureSource,
  section: Section,
  at: number,
  total: number,
  taken: number,
): void {
  checkLength(source, at, total, taken)
  source.skip(total - FRAME_BYTES - taken, 'a block')
  checkTrailer(source, section, at, total)
}

function readBody(source: CaptureSource, section: Section, at: number, total: number): DataView {
  checkLength(source, at, total, 0)
  const body = source.take(total - FRAME_BYTES, 'a block')
  checkTrailer(source, section, at, total)
  return body
}

function checkLength(source: CaptureSource, at: number, total: number, taken: number): void {
  if (total < FRAME_BYTES + taken || total % 4 !== 0)
    throw damaged(source, at, `a block of ${total} bytes`)
}

function checkTrailer(source: CaptureSource, section: Section, at: number, total: number): void {
  const again = source.take(4, 'a block trailer').getUint32(0, section.little)
  if (again !== total) throw damaged(source, at, `a block of ${total} bytes that ends as ${again}`)
}

// section 4.2
function addInterface(source: CaptureSource, section: Section, at: number, body: DataView): void {
  const { little, interfaces } = section
  if (body.byteLength < 8) throw damaged(source, at, 'an interface without a link type')
  if (interfaces.length === MAX_INTERFACES) throw damaged(source, at, 'too many interfaces')
  const found: Interface = {
    linkType: body.getUint16(0, little),
    snapBytes: body.getUint32(4, little),
    unitsPerMs: 1000,
    offsetMs: 0,
  }
  let option = 8
  while (option + 4 <= body.byteLength) {
    const code = body.getUint16(option, little)
    const length = body.getUint16(option + 2, little)
    const value = option + 4
    if (code === OPTION_END || value + length > body.byteLength) break
    if (code === OPTION_RESOLUTION && length === 1)
      found.unitsPerMs = unitsPerMs(body.getUint8(value))
    if (code === OPTION_OFFSET && length === 8)
      found.offsetMs = Number(body.getBigInt64(value, little)) * 1000
    option = value + Math.ceil(length / 4) * 4
  }
  interfaces.push(found)
}

/** if_tsresol: a negative power of ten, or of two when the high bit is set. */
function unitsPerMs(resolution: number): number {
  const power = resolution & 0x7f
  return (resolution & 0x80) === 0 ? 10 ** power / 1000 : 2 ** power / 1000
}

// sections 4.3, 4.4 and appendix A
function readPacket(
  source: CaptureSource,
  section: Section,
  at: number,
  kind: number,
  body: DataView,
): CaptureFrame | undefined {
  const { little, interfaces } = section
  const simple = kind === BLOCK_SIMPLE
  const header = simple ? 4 : 20
  if (body.byteLength < header) throw damaged(source, at, 'a packet block without a header')
  const index = simple
    ? 0
    : kind === BLOCK_PACKET
      ? body.getUint16(0, little)
      : body.getUint32(0, little)
  const port = interfaces[index]
  if (!port) throw damaged(source, at, `a packet of interface ${index}, which is not described`)
  const room = body.byteLength - header
  const length = simple
    ? simpleLength(body.getUint32(0, little), port, room)
    : body.getUint32(12, little)
  if (length > room) throw damaged(source, at, `a frame of ${length} bytes in ${room}`)
  const toFrame = linkLayer(port.linkType)
  if (!toFrame)
    throw source.fault(at, `byte ${at}: frames of link type ${port.linkType} are not supported`)
  const bytes = bytesOf(body).subarray(header, header + length)
  const frame = toFrame(bytes)
  if (!frame) return undefined
  if (simple) return { ...frame, time: 0 }
  const units = body.getUint32(4, little) * 2 ** 32 + body.getUint32(8, little)
  return { ...frame, time: units / port.unitsPerMs + port.offsetMs }
}

/** A simple packet tells only its length on the wire; the snapshot length may have cut it. */
function simpleLength(onWire: number, port: Interface, room: number): number {
  const captured = port.snapBytes === 0 ? onWire : Math.min(onWire, port.snapBytes)
  return Math.min(captured, room)
}

function damaged(source: CaptureSource, at: number, what: string) {
  return source.fault(at, `damaged at byte ${at}: ${what}`)
}
