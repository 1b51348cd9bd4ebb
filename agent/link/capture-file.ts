/**
 * Capture files, in and out: classic pcap (draft-ietf-opsawg-pcap) here, pcapng in pcapng.ts.
 * Pure: bytes come from a function and go into arrays.
 */
import { bytesOf, CaptureError, CaptureSource, type ReadBytes } from './capture-source.ts'
import { type LinkFrame, type LinkKind, linkLayer } from './link-layer.ts'
import { BLOCK_SECTION, pcapngFrames } from './pcapng.ts'

/** One frame and when it was captured: milliseconds since the epoch, with a fraction. */
export type CaptureFrame = LinkFrame & { readonly time: number }

/** A longer frame is a damaged length: libpcap's own limit (MAXIMUM_SNAPLEN). */
const MAX_FRAME_BYTES = 262_144
const MAGIC_MICROSECONDS = 0xa1b2c3d4
const MAGIC_NANOSECONDS = 0xa1b23c4d
const MAGIC_BYTES = 4
const HEADER_BYTES = 24
const RECORD_BYTES = 16
const LINK_TYPE_MASK = 0xffff // the upper half tells of a frame check sequence
const ETHERNET = 1
const RAW = 101

/**
 * The frames of a capture file, in file order. Frames of other protocols behind a cooked or loopback
 * header are left out. Throws CaptureError: for a file that is no capture before the first frame, for
 * one that is cut or damaged after the last whole frame before the fault.
 */
export function* captureFrames(name: string, read: ReadBytes): Generator<CaptureFrame, void> {
  const head = read(MAGIC_BYTES)
  const start = [...head].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  const magic = head.length === MAGIC_BYTES ? new DataView(head.buffer, head.byteOffset) : undefined
  const source = new CaptureSource(name, read)
  source.offset = head.length
  if (magic?.getUint32(0) === BLOCK_SECTION) {
    yield* pcapngFrames(source)
    return
  }
  for (const little of [true, false]) {
    const found = magic?.getUint32(0, little)
    if (found === MAGIC_MICROSECONDS) return yield* pcapFrames(source, little, 1000)
    if (found === MAGIC_NANOSECONDS) return yield* pcapFrames(source, little, 1_000_000)
  }
  const what = head.length === 0 ? 'it is empty' : `starts with ${start}`
  const message = `${name} is neither pcap nor pcapng (${what})`
  throw new CaptureError('ERR_CAPTURE_FORMAT', 0, message)
}

function* pcapFrames(
  source: CaptureSource,
  little: boolean,
  unitsPerMs: number,
): Generator<CaptureFrame, void> {
  const header = source.take(HEADER_BYTES - MAGIC_BYTES, 'the file header')
  const linkType = header.getUint32(16, little) & LINK_TYPE_MASK
  const toFrame = linkLayer(linkType)
  if (!toFrame) throw source.fault(20, `frames of link type ${linkType} are not supported`)
  for (;;) {
    const at = source.offset
    const record = source.maybe(RECORD_BYTES, 'a record header')
    if (!record) return
    const length = record.getUint32(8, little)
    if (length > MAX_FRAME_BYTES)
      throw source.fault(at, `damaged at byte ${at}: a frame of ${length} bytes`)
    const bytes = bytesOf(source.take(length, 'a frame'))
    const frame = toFrame(bytes)
    const time = record.getUint32(0, little) * 1000 + record.getUint32(4, little) / unitsPerMs
    if (frame) yield { ...frame, time }
  }
}

/** The start of a pcap file: little-endian, microseconds. */
export function captureHeader(link: LinkKind = 'ethernet'): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES))
  view.setUint32(0, MAGIC_MICROSECONDS, true)
  view.setUint16(4, 2, true) // version 2.4
  view.setUint16(6, 4, true)
  view.setUint32(16, MAX_FRAME_BYTES, true)
  view.setUint32(20, link === 'ethernet' ? ETHERNET : RAW, true)
  return bytesOf(view)
}

/** One frame as a pcap record. @param time milliseconds since the epoch */
export function captureRecord(bytes: Uint8Array, time: number): Uint8Array {
  const record = new Uint8Array(captureRecordBytes(bytes.length))
  writeCaptureRecord(record, 0, bytes, time)
  return record
}

/** Size of the record of a frame of `length` bytes. */
export function captureRecordBytes(length: number): number {
  return RECORD_BYTES + length
}

/** captureRecord into a buffer that has room for it at `at`. */
export function writeCaptureRecord(
  into: Uint8Array,
  at: number,
  bytes: Uint8Array,
  time: number,
): void {
  const view = new DataView(into.buffer, into.byteOffset + at, RECORD_BYTES)
  const microseconds = Math.round(time * 1000)
  view.setUint32(0, Math.floor(microseconds / 1_000_000), true)
  view.setUint32(4, microseconds % 1_000_000, true)
  view.setUint32(8, bytes.length, true)
  view.setUint32(12, bytes.length, true)
  into.set(bytes, at + RECORD_BYTES)
}
