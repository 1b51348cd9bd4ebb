import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { CaptureError } from '../../../agent/link/capture-source.ts'
import { frames, openReplay, type ReplayLink } from '../../../agent/link/replay.ts'
import { pcapFile, sampleFrames, samples, sampleTimes } from './capture-samples.ts'

const corpus = fileURLToPath(new URL('../../../../shared/corpus', import.meta.url))
/** Link types that no Link carries: named in the error, and the only errors in the corpus. */
const UNSUPPORTED = /^(dns-inverse-query|nflog)\.pcap: frames of link type \d+ are not supported$/

type Tap = { testdir(content: Record<string, string>): string }
type Played = { hex: string; time: number; checksums: boolean }

async function play(link: ReplayLink) {
  const played: Played[] = []
  let idle = 0
  link.open(
    (bytes, offset, length, checksums) => {
      const hex = Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')
      played.push({ hex, time: link.now(), checksums })
    },
    () => idle++,
  )
  const error = await link.finished
  return { played, idle, error }
}

function file(t: Tap, bytes: Uint8Array): string {
  const path = join(t.testdir({}), 'sample.pcap')
  writeFileSync(path, bytes)
  return path
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

t.test('a file as a link', async (t) => {
  const link = openReplay(file(t, samples[0]?.file ?? new Uint8Array()))
  t.equal(link.ethernet, true)
  const { played, idle, error } = await play(link)
  const expected = sampleFrames.map((bytes, i) => {
    return { hex: hex(bytes), time: sampleTimes[i], checksums: true }
  })
  t.strictSame(played, expected)
  t.equal(error, undefined)
  t.ok(idle >= 1)
  t.ok(link.reserve() >= 0)
  link.commit(60)
  link.flush()
  t.strictSame(link.stats(), { received: 2, sent: 1, lostReceive: 0, lostSend: 0 })
  await link.close()
})

t.test('more frames than one turn takes, and more bytes than one chunk', async (t) => {
  const many = Array.from({ length: 1000 }, (_, i) => new Uint8Array(1000).fill(i & 0x7f))
  const { played, idle } = await play(openReplay(file(t, pcapFile(1, many))))
  t.strictSame(
    played.map(({ hex }) => hex),
    many.map(hex),
  )
  t.ok(idle >= 4, `${idle} batches`)
})

t.test('bare IP, and a cut file', async (t) => {
  const packet = Uint8Array.from({ length: 40 }, (_, i) => (i === 0 ? 0x45 : i))
  const whole = pcapFile(101, [packet, packet])
  const link = openReplay(file(t, whole.subarray(0, whole.length - 3)))
  t.equal(link.ethernet, false)
  const { played, error } = await play(link)
  t.strictSame(
    played.map(({ hex }) => hex),
    [hex(packet)],
  )
  t.match(error, {
    code: 'ERR_CAPTURE_CUT',
    offset: whole.length - 3,
    message: `sample.pcap: cut off at byte ${whole.length - 3}: 3 bytes of a frame are missing`,
  })
})

t.test('a file that is no capture, and one that is not there', async (t) => {
  const path = file(t, Buffer.from('#!/bin/sh\n'))
  const message = 'sample.pcap is neither pcap nor pcapng (starts with 23 21 2f 62)'
  t.throws(() => openReplay(path), { message })
  t.throws(() => [...frames(path)], { message })
  t.throws(() => openReplay(`${path}.not`), { code: 'ENOENT' })
})

t.test('an empty capture ends at once', async (t) => {
  t.match(await play(openReplay(file(t, pcapFile(1, [])))), { played: [], error: undefined })
})

t.test('closed in the middle', async (t) => {
  const link = openReplay(file(t, samples[0]?.file ?? new Uint8Array()))
  let received = 0
  link.open(
    () => {
      received++
      void link.close()
    },
    () => t.fail('no idle after close'),
  )
  t.equal(await link.finished, undefined)
  t.equal(received, 1)
  await link.close()
})

t.test('every capture of the corpus is read to its end', async (t) => {
  const paths = globSync(`${corpus}/**/*.{pcap,pcapng}`)
  if (paths.length === 0) {
    t.comment('skipped: no ../shared/corpus')
    return
  }
  let count = 0
  for (const path of paths)
    try {
      for (const { time, bytes } of frames(path)) {
        count++
        if (!(time >= 0) || bytes.length > 262_144) t.fail(`${path}: ${time}`)
      }
    } catch (error) {
      if (!(error instanceof CaptureError) || !UNSUPPORTED.test(error.message)) throw error
    }
  t.ok(count > paths.length, `${count} frames in ${paths.length} files`)
})
