/** Capture files made byte by byte, in every shape that the reader knows. */

/** Bytes of fixed-width numbers in one byte order. */
export function packed(little: boolean) {
  const make = (width: number, value: number) => {
    const view = new DataView(new ArrayBuffer(width))
    if (width === 2) view.setUint16(0, value, little)
    else view.setUint32(0, value, little)
    return [...new Uint8Array(view.buffer)]
  }
  return { u16: (value: number) => make(2, value), u32: (value: number) => make(4, value) }
}

export type Sample = {
  readonly name: string
  readonly file: Uint8Array
  /** Offsets where a cut file is still a whole one: after the header(s) and after each record. */
  readonly whole: readonly number[]
}

/** Frames of 60 and 61 bytes, 1.5 s after the epoch and 250 µs later. */
export const samples: readonly Sample[] = [true, false].flatMap((little) => [
  pcap(little, false),
  pcap(little, true),
  pcapng(little),
])

export const sampleFrames = [frame(60), frame(61)]
export const sampleTimes = [1500, 1500.25]

function frame(length: number): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => i)
  bytes.set([0x88, 0xb5], 12)
  return bytes
}

export function pcapFile(
  linkType: number,
  frames: readonly Uint8Array[],
  little = true,
): Uint8Array {
  const { u16, u32 } = packed(little)
  const header = [u32(0xa1b2c3d4), u16(2), u16(4), u32(0), u32(0), u32(65535), u32(linkType)]
  const records = frames.flatMap((bytes) => [
    ...[u32(1), u32(500_000), u32(bytes.length), u32(bytes.length)],
    [...bytes],
  ])
  return Uint8Array.from([...header, ...records].flat())
}

function pcap(little: boolean, nanoseconds: boolean): Sample {
  const { u16, u32 } = packed(little)
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const unit = nanoseconds ? 1000 : 1
  const parts = [
    [u32(magic), u16(2), u16(4), u32(0), u32(0), u32(65535), u32(1)].flat(),
    [u32(1), u32(500_000 * unit), u32(60), u32(60), [...frame(60)]].flat(),
    [u32(1), u32(500_250 * unit), u32(61), u32(61), [...frame(61)]].flat(),
  ]
  return sample(`pcap ${little ? 'little' : 'big'}-endian ${nanoseconds ? 'ns' : 'µs'}`, parts)
}

export function block(little: boolean, type: number, body: readonly number[]): number[] {
  const { u32 } = packed(little)
  const padded = [...body, ...new Array((4 - (body.length % 4)) % 4).fill(0)]
  const total = padded.length + 12
  return [u32(type), u32(total), padded, u32(total)].flat()
}

export function section(little: boolean): number[] {
  const { u16, u32 } = packed(little)
  const length = [u32(0xffffffff), u32(0xffffffff)]
  return block(little, 0x0a0d0d0a, [u32(0x1a2b3c4d), u16(1), u16(0), ...length].flat())
}

/** Interface 0 counts microseconds; interface 1 nanoseconds from one second on. */
function pcapng(little: boolean): Sample {
  const { u16, u32 } = packed(little)
  const micro = block(little, 1, [u16(1), u16(0), u32(0)].flat())
  const resolution = [u16(9), u16(1), [9, 0, 0, 0]]
  const offset = [u16(14), u16(8), little ? [...u32(1), ...u32(0)] : [...u32(0), ...u32(1)]]
  const options = [...resolution, ...offset, u16(0), u16(0)].flat()
  const nano = block(little, 1, [u16(1), u16(0), u32(0), options].flat())
  const first = [u32(0), u32(0), u32(1_500_000), u32(60), u32(60), [...frame(60)]]
  const second = [u32(1), u32(0), u32(500_250_000), u32(61), u32(61), [...frame(61)]]
  const parts = [
    section(little),
    micro,
    nano,
    block(little, 4, [1, 2, 3, 4]), // name resolution: nothing for us
    block(little, 6, first.flat()),
    block(little, 6, second.flat()),
  ]
  return sample(`pcapng ${little ? 'little' : 'big'}-endian`, parts)
}

function sample(name: string, parts: number[][]): Sample {
  const whole: number[] = []
  let at = 0
  for (const part of parts) {
    at += part.length
    whole.push(at)
  }
  return { name, file: Uint8Array.from(parts.flat()), whole }
}
