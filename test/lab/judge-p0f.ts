/** p0f and our own print of the SYN-ACK, as a Linux visitor beside the machine gets it. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { signature } from '../../agent/fingerprint/p0f.ts'
import type { Expected } from './judge-expected.ts'
import type { Finding, Judged } from './judge-stage.ts'
import { ACK, type Heard, readTcp, SYN, synFacts } from './segments.ts'

const RUN_MS = 20_000
const VISIT_SECONDS = '2'
/** pcap (draft-ietf-opsawg-pcap): file header, then 16 bytes before each frame. */
const FILE_HEADER_BYTES = 24
const RECORD_BYTES = 16

export async function judgeP0f(judged: Judged, expected: Expected['p0f']): Promise<Finding[]> {
  const { lab, data, scratch, address, ports } = judged
  const port = ports[0] ?? 0
  const capture = join(scratch, 'syn-acks.pcap')
  const dump = lab.attacker.spawn(
    'tcpdump',
    ['-i', 'eth0', '-n', '-U', '--immediate-mode', '-w', capture, 'tcp', 'and', 'host', address],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await new Promise<void>((resolve, reject) => {
    dump.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('listening on')) resolve()
    })
    dump.once('exit', () => reject(new Error('tcpdump ended')))
  })
  await lab.attacker.exec('nc', ['-n', '-w', VISIT_SECONDS, '-q', '0', address, String(port)], {
    timeoutMs: RUN_MS,
  })
  const ended = once(dump, 'exit')
  dump.kill('SIGINT')
  await ended
  const { stdout } = await lab.attacker.exec('p0f', ['-r', capture], { timeoutMs: RUN_MS })
  const { label, raw } = parseP0f(stdout)
  const synAck = synAcks(readFileSync(capture))[0]
  const own = synAck === undefined ? 'no SYN-ACK' : signature(synFacts(synAck))
  return [
    {
      name: 'own signature',
      verdict: own === data.signature ? 'pass' : 'fail',
      why: own === data.signature ? own : `${own}, not ${data.signature}`,
    },
    {
      name: "p0f's signature",
      verdict: raw === data.signature ? 'pass' : 'fail',
      why: raw === data.signature ? raw : `${raw}, not ${data.signature}`,
    },
    {
      name: "p0f's label",
      verdict: expected.test(label) ? 'pass' : 'fail',
      why: label,
    },
  ]
}

/** Of the first SYN-ACK. `text`: what `p0f -r` prints. */
export function parseP0f(text: string): { readonly label: string; readonly raw: string } {
  const block = text.split('.-[').find((part) => part.includes('(syn+ack)')) ?? ''
  const field = (name: string): string =>
    new RegExp(`^\\| ${name} += (.*)$`, 'm').exec(block)?.[1]?.trim() ?? ''
  return { label: field('os'), raw: field('raw_sig') }
}

/** Of a classic pcap file of this machine's byte order (little-endian). */
function synAcks(file: Buffer): Heard[] {
  const found: Heard[] = []
  for (let at = FILE_HEADER_BYTES; at + RECORD_BYTES <= file.length; ) {
    const length = file.readUInt32LE(at + 8)
    const heard = readTcp(file.subarray(at + RECORD_BYTES, at + RECORD_BYTES + length), 0)
    if (heard !== undefined && (heard.flags & (SYN | ACK)) === (SYN | ACK)) found.push(heard)
    at += RECORD_BYTES + length
  }
  return found
}
