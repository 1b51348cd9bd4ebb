import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cable } from '../../../agent/link/cable.ts'
import { record } from '../../../agent/link/record.ts'
import { frames } from '../../../agent/link/replay.ts'

const FILE_BYTES = 128 * 1024
const START = 1_790_000_000_000

function ticking(): () => number {
  let now = START
  return () => now++
}

const numbered = (id: number, length: number) => {
  const frame = new Uint8Array(length).fill(3)
  new DataView(frame.buffer).setUint32(20, id)
  return frame
}
const numberOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(20)

function put(
  link: { reserve(): number; out: Uint8Array; commit(n: number): void },
  frame: Uint8Array,
) {
  const at = link.reserve()
  link.out.set(frame, at)
  link.commit(frame.length)
}

t.test('frames in and out, in order, with their time; the link itself unchanged', async (t) => {
  const directory = join(t.testdir({}), 'made')
  const [a, b] = cable()
  const link = record(a, { directory, fileBytes: FILE_BYTES, files: 2, clock: ticking() })
  const received: number[] = []
  const arrived: number[] = []
  let idle = 0
  link.open(
    (bytes, offset, length) => received.push(numberOf(bytes.subarray(offset, offset + length))),
    () => idle++,
  )
  b.open(
    (bytes) => arrived.push(numberOf(bytes)),
    () => {},
  )
  for (let id = 0; id < 10; id++) {
    put(id % 2 === 0 ? link : b, numbered(id, 60 + id))
    link.flush()
    b.flush()
  }
  await link.close()
  await link.close()
  t.strictSame(received, [1, 3, 5, 7, 9])
  t.strictSame(arrived, [0, 2, 4, 6, 8])
  t.equal(idle, 5)
  t.match(link.stats(), { received: 5, sent: 5 })
  t.strictSame(link.recording(), { written: 10, lost: 0, errors: 0 })
  const [name = ''] = readdirSync(directory)
  const read = [...frames(join(directory, name))]
  t.strictSame(
    read.map(({ bytes, time }) => [numberOf(bytes), bytes.length, time]),
    Array.from({ length: 10 }, (_, id) => [id, 60 + id, START + id]),
  )
})

t.test('the ring is bounded, and goes on where it ended', async (t) => {
  const directory = t.testdir({ 'notes.txt': 'mine' })
  const options = { directory, fileBytes: FILE_BYTES, files: 3, clock: ticking() }
  let id = 0
  for (const round of [1, 2]) {
    const link = record(cable()[0], options)
    for (let n = 0; n < 400; n++) put(link, numbered(id++, 1500))
    await link.close()
    t.match(link.recording(), { written: 400, lost: 0, errors: 0 }, `round ${round}`)
  }
  const names = readdirSync(directory).filter((name) => name.endsWith('.pcap'))
  t.strictSame(names, ['frames-000008.pcap', 'frames-000009.pcap', 'frames-000010.pcap'])
  for (const name of names) t.ok(statSync(join(directory, name)).size <= FILE_BYTES, name)
  const ids = names.flatMap((name) =>
    [...frames(join(directory, name))].map(({ bytes }) => numberOf(bytes)),
  )
  t.equal(ids.at(-1), 799, 'the newest frame is there')
  t.ok(
    ids.every((value, i) => value === (ids[0] ?? 0) + i),
    'no gap in what is kept',
  )
  t.ok(existsSync(join(directory, 'notes.txt')), 'files of others stay')
})

t.test('written within a second, without closing', async (t) => {
  const directory = t.testdir({})
  const link = record(cable()[0], { directory, fileBytes: FILE_BYTES, files: 1, clock: ticking() })
  put(link, numbered(1, 60))
  await new Promise((resolve) => setTimeout(resolve, 1300))
  t.equal([...frames(join(directory, 'frames-000001.pcap'))].length, 1)
  await link.close()
})

t.test('a disk that fails costs frames, and is counted', async (t) => {
  const base = t.testdir({})
  const directory = join(base, 'blocked')
  writeFileSync(directory, 'a file where the directory should be')
  const link = record(cable()[0], { directory, fileBytes: FILE_BYTES, files: 2, clock: ticking() })
  for (let id = 0; id < 5; id++) put(link, numbered(id, 60))
  await new Promise((resolve) => setTimeout(resolve, 1300))
  t.strictSame(link.recording(), { written: 0, lost: 5, errors: 1 })
  t.equal(link.stats().sent, 5, 'the link goes on')
  rmSync(directory)
  put(link, numbered(9, 60))
  await link.close()
  t.strictSame(
    link.recording(),
    { written: 1, lost: 5, errors: 1 },
    'and recording when the disk does',
  )
  t.equal([...frames(join(directory, 'frames-000001.pcap'))].length, 1)
})

t.test('more than the buffer holds in one turn is lost and counted', async (t) => {
  const directory = t.testdir({})
  const link = record(cable()[0], { directory, fileBytes: 1 << 24, files: 1, clock: ticking() })
  for (let id = 0; id < 5000; id++) put(link, numbered(id, 1500))
  await link.close()
  const { written, lost, errors } = link.recording()
  t.ok(lost > 0, `${lost} lost`)
  t.equal(written + lost, 5000)
  t.equal(errors, 0)
})

t.test('bounds that cannot be', async (t) => {
  const directory = t.testdir({})
  const [link] = cable()
  t.throws(
    () => record(link, { directory, fileBytes: 1000, files: 1, clock: ticking() }),
    RangeError,
  )
  t.throws(
    () => record(link, { directory, fileBytes: FILE_BYTES, files: 0, clock: ticking() }),
    RangeError,
  )
})
