/** Run inside a namespace with the pair va–vb: one scenario of ring.test.ts, its outcome as JSON. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { Link } from '../../../agent/link/link.ts'
import { openPcap } from '../../../agent/link/pcap.ts'
import { openRing } from '../../../agent/link/ring.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const ignore = () => {}

/** Waits for `holds`, on a busy machine up to PATIENCE_MS; the caller asserts what came of it. */
async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!holds() && performance.now() < end) await pause(5)
}
const PATIENCE_MS = 5000

function send(link: Link, count: number, mark = 0): void {
  for (let i = 0; i < count; i++) {
    const at = link.reserve()
    link.out.fill(mark, at, at + 60)
    link.commit(60)
  }
  link.flush()
}

function refusal(open: () => unknown): object {
  try {
    open()
    return { opened: true }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return { code: error.code, message: error.message }
  }
}

/** What opening tells when it cannot be done. */
function refusals(): object {
  execFileSync('ip', ['link', 'set', 'lo', 'down'])
  const both = (ifname: string) => [
    refusal(() => openRing(ifname)),
    refusal(() => openPcap(ifname)),
  ]
  const results = {
    unknown: both('nope'),
    path: both('../lo'),
    down: both('lo'),
    blocks: refusal(() => openRing('va', { blockBytes: 1000 })),
    addon: refusal(() => openRing('va', { addon: '/nowhere/ring.node' })),
  }
  process.setgroups?.([])
  process.setgid?.(65534)
  process.setuid?.(65534)
  return { ...results, unprivileged: both('va') }
}

/** More frames than one turn may take wait in the ring before the loop gets to it. */
async function turns(): Promise<object> {
  const frames = 12_000
  const sender = openRing('va')
  // Blocks that close when full, not by time: nobody empties the ring while it is filled.
  const receiver = openRing('vb', { retireMs: 200 })
  const perTurn: number[] = []
  let inTurn = 0
  let received = 0
  receiver.open(() => {
    received++
    inTurn++
  }, ignore)
  send(sender, frames)
  const end = performance.now() + PATIENCE_MS
  while (received < frames && performance.now() < end) {
    await new Promise(setImmediate)
    perTurn.push(inTurn)
    inTurn = 0
  }
  const stats = receiver.stats()
  await Promise.all([sender.close(), receiver.close()])
  return { received, most: Math.max(...perTurn), sent: sender.stats(), stats }
}

/** The same for pcap, which cannot put off the rest of a turn. */
async function shedding(): Promise<object> {
  const sender = openRing('va')
  const receiver = openPcap('vb')
  let received = 0
  receiver.open(() => received++, ignore)
  send(sender, 20_000)
  await until(() => received + receiver.stats().lostReceive >= 20_000)
  const first = { received, stats: receiver.stats() }
  send(sender, 10)
  await until(() => received >= first.received + 10)
  return { first, after: received - first.received }
}

/** Closing while a frame is being delivered, and again. */
async function closing(): Promise<object> {
  const sender = openRing('va')
  const receiver = openRing('vb')
  let lent = -1
  let delivered = 0
  receiver.open((bytes, offset) => {
    delivered++
    void receiver.close()
    lent = bytes[offset + 59] ?? -2
  }, ignore)
  send(sender, 5, 7)
  await until(() => delivered > 0)
  await receiver.close()
  await sender.close()
  return { lent, delivered, reserve: receiver.reserve(), stats: receiver.stats() }
}

/** The interface goes down and comes back. */
async function downAndUp(): Promise<object> {
  const sender = openRing('va')
  const trouble: string[] = []
  const receiver = openRing('vb', { trouble: (error) => trouble.push(error.code) })
  let received = 0
  receiver.open(() => received++, ignore)
  send(sender, 3)
  await until(() => received === 3)
  const before = received
  execFileSync('ip', ['link', 'set', 'vb', 'down'])
  await until(() => trouble.length > 0)
  send(sender, 4)
  execFileSync('ip', ['link', 'set', 'vb', 'up'])
  await until(() => readFileSync('/sys/class/net/va/carrier', 'latin1').startsWith('1'))
  send(sender, 5)
  await until(() => received - before >= 5)
  const after = received - before
  await Promise.all([sender.close(), receiver.close()])
  return { before, after, trouble, sent: sender.stats() }
}

/** Workers that are ended with their ring open, and rings opened after them. */
async function workers(): Promise<object> {
  const counts: number[] = []
  let pcap: unknown
  for (let round = 0; round < 5; round++) {
    const sender = openRing('va')
    const worker = new Worker(fileURLToPath(import.meta.url), { argv: ['in-worker'] })
    pcap = (await once(worker, 'message'))[0]
    send(sender, 10)
    const [count] = await once(worker, 'message')
    counts.push(count)
    await worker.terminate()
    await sender.close()
  }
  return { counts, pcap }
}

function inWorker(): void {
  let received = 0
  const ring = openRing('vb')
  ring.open(() => {
    if (++received === 10) parentPort?.postMessage(received)
  }, ignore)
  parentPort?.postMessage(refusal(() => openPcap('vb')))
}

/** What the kernel of namespace `other` sends on a TCP connection, as ring and pcap see it on vb. */
async function offload(other: string): Promise<object> {
  const bytesToSend = 2_000_000
  type Seen = [length: number, checksums: boolean]
  const seen: { ring: Seen[]; pcap: Seen[] } = { ring: [], pcap: [] }
  let whole = true
  const ring = openRing('vb')
  const pcap = openPcap('vb')
  const isTcp = (bytes: Uint8Array, at: number) => bytes[at + 12] === 8 && bytes[at + 23] === 6
  ring.open((bytes, offset, length, checksums) => {
    if (!isTcp(bytes, offset)) return
    seen.ring.push([length, checksums])
    const total = ((bytes[offset + 16] ?? 0) << 8) | (bytes[offset + 17] ?? 0)
    if (total + 14 > length) whole = false
  }, ignore)
  pcap.open((bytes, offset, length, checksums) => {
    if (isTcp(bytes, offset)) seen.pcap.push([length, checksums])
  }, ignore)
  let drained = 0
  const server = createServer((socket) => socket.on('data', (data) => (drained += data.length)))
  server.listen(7000, '10.9.0.2')
  await once(server, 'listening')
  const client = `require('net').connect(7000,'10.9.0.2').end(Buffer.alloc(${bytesToSend}))`
  const sender = spawn('ip', ['netns', 'exec', other, process.execPath, '-e', client])
  await once(sender, 'exit')
  await until(() => drained === bytesToSend)
  await pause(100)
  const longest = Math.max(...seen.ring.map(([length]) => length))
  const partial = seen.ring.filter(([, checksums]) => !checksums).length
  const same = JSON.stringify(seen.ring) === JSON.stringify(seen.pcap)
  const facts = { drained, longest, whole, same, partial, frames: seen.ring.length }
  return { ...facts, ring: ring.stats(), pcap: pcap.stats() }
}

const scenarios = { refusals, turns, shedding, closing, downAndUp, workers }
const [, , scenario = '', argument = ''] = process.argv
if (!isMainThread) inWorker()
else {
  const run =
    scenario === 'offload'
      ? () => offload(argument)
      : Object.entries(scenarios).find(([name]) => name === scenario)?.[1]
  if (!run) throw new Error(`no scenario ${scenario}`)
  const outcome = JSON.stringify(await run())
  process.stdout.write(outcome, () => process.exit())
}
