import fc from 'fast-check'
import t from 'tap'
import {
  type CaptureFrame,
  captureFrames,
  captureHeader,
  captureRecord,
} from '../../../agent/link/capture-file.ts'
import { CaptureError, type ReadBytes } from '../../../agent/link/capture-source.ts'
import {
  block,
  packed,
  pcapFile,
  sampleFrames,
  samples,
  sampleTimes,
  section,
} from './capture-samples.ts'

function reader(file: Uint8Array): ReadBytes {
  let at = 0
  return (length) => {
    const bytes = file.subarray(at, at + length)
    at += bytes.length
    return bytes
  }
}

/** What a file gives before it ends, and how it ends. */
function read(file: Uint8Array): { frames: CaptureFrame[]; error: CaptureError | undefined } {
  const frames: CaptureFrame[] = []
  try {
    for (const frame of captureFrames('x.pcap', reader(file))) frames.push(frame)
    return { frames, error: undefined }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    return { frames, error }
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const concat = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))

for (const { name, file, whole } of samples) {
  t.test(name, async (t) => {
    const { frames, error } = read(file)
    t.equal(error, undefined)
    t.strictSame(
      frames.map(({ bytes }) => hex(bytes)),
      sampleFrames.map(hex),
    )
    t.strictSame(
      frames.map(({ time }) => time),
      sampleTimes,
    )
    t.strictSame(
      frames.map(({ link }) => link),
      ['ethernet', 'ethernet'],
    )
  })

  t.test(`${name}, cut at every length`, async (t) => {
    const ends = whole.slice(-2)
    for (let length = 0; length < file.length; length++) {
      const { frames, error } = read(file.slice(0, length))
      const expected = ends.filter((end) => end <= length).length
      if (frames.length !== expected) t.fail(`${frames.length} frames of ${length} bytes`)
      if (whole.includes(length)) {
        if (error) t.fail(`${length} bytes: ${error.message}`)
      } else if (length < 4) {
        t.match(error, { code: 'ERR_CAPTURE_FORMAT', message: /is neither pcap nor pcapng/ })
      } else {
        const message = new RegExp(
          `^x.pcap: cut off at byte ${length}: \\d+ bytes of .+ are missing$`,
        )
        if (
          error?.code !== 'ERR_CAPTURE_CUT' ||
          error.offset !== length ||
          !message.test(error.message)
        )
          t.fail(`${length} bytes: ${error?.message}`)
      }
    }
  })
}

t.test('what is no capture', async (t) => {
  const message = (file: Uint8Array) => read(file).error?.message
  t.equal(message(new Uint8Array(0)), 'x.pcap is neither pcap nor pcapng (it is empty)')
  t.equal(
    message(Buffer.from('GIF89a')),
    'x.pcap is neither pcap nor pcapng (starts with 47 49 46 38)',
  )
  t.equal(message(pcapFile(105, [])), 'x.pcap: frames of link type 105 are not supported')
})

t.test('damage is bounded and located', async (t) => {
  const good = pcapFile(1, sampleFrames)
  const view = new DataView(good.buffer)
  view.setUint32(24 + 76 + 8, 0x7fffffff, true)
  t.match(read(good), {
    frames: { length: 1 },
    error: {
      code: 'ERR_CAPTURE_FORMAT',
      offset: 100,
      message: /damaged at byte 100: a frame of 2147483647/,
    },
  })
  const { u32 } = packed(true)
  const blocks: [string, number[], RegExp][] = [
    ['length too small', [...u32(6), ...u32(8)], /a block of 8 bytes/],
    ['length not in words', [...u32(6), ...u32(33)], /a block of 33 bytes/],
    ['length beyond reason', [...u32(6), ...u32(0x7ffffff0)], /a block of 2147483632 bytes/],
    ['trailer that differs', [...u32(99), ...u32(12), ...u32(16)], /that ends as 16/],
    [
      'unknown interface',
      block(true, 6, new Array(20).fill(0)),
      /interface 0, which is not described/,
    ],
    ['no packet header', block(true, 6, [0, 0, 0, 0]), /without a header/],
    ['no link type', block(true, 1, [0, 0, 0, 0]), /without a link type/],
    ['no byte order', [...u32(0x0a0d0d0a), ...u32(28), ...u32(0)], /without a byte-order mark/],
  ]
  for (const [name, bytes, message] of blocks) {
    const { error } = read(Uint8Array.from([...section(true), ...bytes]))
    t.match(error, { code: 'ERR_CAPTURE_FORMAT', offset: 28, message }, name)
  }
})

t.test(
  'pcapng: simple and obsolete packets, and a second section in the other byte order',
  async (t) => {
    const described = (little: boolean, snap: number) => {
      const { u16, u32 } = packed(little)
      return [...section(little), ...block(little, 1, [u16(1), u16(0), u32(snap)].flat())]
    }
    const { u16, u32 } = packed(false)
    const old = [
      u16(0),
      u16(0),
      u32(0),
      u32(1_500_000),
      u32(60),
      u32(60),
      [...(sampleFrames[0] ?? [])],
    ]
    const simple = [...packed(true).u32(61), ...[...(sampleFrames[1] ?? [])].slice(0, 20)]
    const file = [
      ...[...described(true, 20), ...block(true, 3, simple)],
      ...[...described(false, 0), ...block(false, 2, old.flat())],
    ]
    t.match(read(Uint8Array.from(file)), {
      frames: [
        { time: 0, bytes: { length: 20 } },
        { time: 1500, bytes: { length: 60 } },
      ],
      error: undefined,
    })
  },
)

t.test('link types become Ethernet or bare IP', async (t) => {
  const v4 = Uint8Array.from({ length: 20 }, (_, i) => (i === 0 ? 0x45 : i))
  const v6 = Uint8Array.from({ length: 40 }, (_, i) => (i === 0 ? 0x60 : i))
  const macs = new Uint8Array(12).fill(2)
  const of = (...bytes: number[]) => Uint8Array.from(bytes)
  const sll = (type: number[], rest: Uint8Array) => concat(new Uint8Array(14), of(...type), rest)
  const sll2 = (type: number[], rest: Uint8Array) => concat(of(...type), new Uint8Array(18), rest)
  const tag = of(0x81, 0, 0, 5)
  const plain = concat(macs, of(8, 0), v4)
  const rows: [string, number, Uint8Array, Uint8Array | undefined][] = [
    ['Ethernet', 1, plain, plain],
    ['802.1Q', 1, concat(macs, tag, of(8, 0), v4), plain],
    ['QinQ', 1, concat(macs, of(0x88, 0xa8, 0, 9), tag, of(8, 0), v4), plain],
    ['RAW 12', 12, v4, v4],
    ['RAW 101', 101, v6, v6],
    ['RAW that is no IP', 101, of(0x15, 0, 0), undefined],
    ['NULL', 0, concat(of(2, 0, 0, 0), v4), v4],
    ['NULL, IPv6 of a BSD', 0, concat(of(30, 0, 0, 0), v6), v6],
    ['LOOP', 108, concat(of(0, 0, 0, 2), v4), v4],
    ['cooked', 113, sll([8, 0], v4), v4],
    ['cooked ARP', 113, sll([8, 6], of(0, 1, 8, 0)), undefined],
    ['cooked with a tag', 113, sll([0x81, 0], concat(of(0, 5, 8, 0), v4)), v4],
    ['cooked v2', 276, sll2([0x86, 0xdd], v6), v6],
    ['cooked v2 with two tags', 276, sll2([0x88, 0xa8], concat(of(0, 9), tag, of(8, 0), v4)), v4],
    ['shorter than its header', 276, of(8, 0), undefined],
    ['empty', 1, of(), of()],
  ]
  for (const [name, linkType, bytes, expected] of rows) {
    const { frames, error } = read(pcapFile(linkType, [bytes]))
    t.equal(error, undefined, name)
    const link = linkType === 1 ? 'ethernet' : 'raw'
    const wanted = expected ? [{ hex: hex(expected), link }] : []
    t.strictSame(
      frames.map((frame) => ({ hex: hex(frame.bytes), link: frame.link })),
      wanted,
      name,
    )
  }
})

t.test('what is written is read again', async (t) => {
  const frame = fc.record({
    bytes: fc.uint8Array({ minLength: 0, maxLength: 200 }),
    microseconds: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), (list) => {
      const records = list.map(({ bytes, microseconds }) => {
        // A first type byte that begins no VLAN tag: tags are not given back.
        if (bytes.length > 12) bytes[12] = 8
        return captureRecord(bytes, microseconds / 1000)
      })
      const { frames, error } = read(concat(captureHeader(), ...records))
      const same = frames.every(({ bytes, time }, i) => {
        const { bytes: sent, microseconds } = list[i] ?? { bytes, microseconds: Number.NaN }
        return hex(bytes) === hex(sent) && Math.abs(time * 1000 - microseconds) < 1
      })
      return error === undefined && frames.length === list.length && same
    }),
  )
  const raw = read(concat(captureHeader('raw'), captureRecord(Uint8Array.of(0x45), 1)))
  t.match(raw.frames, [{ link: 'raw', time: 1 }])
})

t.test('any bytes: frames or a CaptureError, nothing else', async (t) => {
  const shapes = samples.map(({ file }) => file)
  const damage = fc.record({
    file: fc.constantFrom(...shapes),
    at: fc.nat(400),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  })
  fc.assert(
    fc.property(damage, ({ file, at, bytes }) => {
      const damaged = Uint8Array.from(file)
      damaged.set(bytes.subarray(0, Math.max(0, damaged.length - at)), Math.min(at, damaged.length))
      const { frames } = read(damaged)
      return frames.length <= 2
    }),
    { numRuns: 2000 },
  )
  t.pass('2,000 damaged files')
})
