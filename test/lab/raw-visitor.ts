/** A visitor without a kernel: its own address on the attack side, and every segment as it says. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Machine } from './lab.ts'
import {
  ACK,
  arpFrame,
  type Heard,
  readArp,
  readTcp,
  type Segment,
  SYN,
  tcpFrame,
} from './segments.ts'

const PIPE = fileURLToPath(new URL('frame-pipe.py', import.meta.url))
const ARP_MS = 1000
const ARP_TRIES = 3
/** From a SYN to its SYN-ACK in a lab, with a machine that has other things to do. */
const ANSWER_MS = 3000
const PORTS = 28_000
const FIRST_PORT = 33_000

type Waiter = {
  readonly fits: (heard: Heard) => boolean
  readonly done: (heard: Heard) => void
}

export type Opened = { readonly synAck: Heard; readonly port: number; readonly next: number }

export class RawVisitor {
  readonly address: string
  /** All that was sent to it, in order. */
  readonly heard: Heard[] = []
  readonly #child: ReturnType<Machine['spawn']>
  readonly #mac: Buffer
  readonly #macs = new Map<string, Buffer>()
  readonly #waiters = new Set<Waiter>()
  #port = FIRST_PORT + Math.floor(Math.random() * 1000)

  private constructor(child: ReturnType<Machine['spawn']>, address: string) {
    this.#child = child
    this.address = address
    this.#mac = Buffer.from([2, 0, ...address.split('.').map(Number)])
  }

  /** `address`: in the attack net, and nobody's. */
  static async open(machine: Machine, address: string): Promise<RawVisitor> {
    const child = machine.spawn('python3', ['-u', PIPE, 'eth0'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const visitor = new RawVisitor(child, address)
    const { stdout } = child
    if (stdout === null) throw new Error('no pipe')
    const lines = createInterface({ input: stdout })
    await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => {
        throw new Error('frame-pipe.py ended (python3 with AF_PACKET is needed)')
      }),
    ])
    lines.on('line', (line) => visitor.#receive(Buffer.from(line, 'hex')))
    child.stdin?.on('error', () => {})
    return visitor
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await ended
  }

  freshPort(): number {
    this.#port = FIRST_PORT + ((this.#port - FIRST_PORT + 1) % PORTS)
    return this.#port
  }

  async send(spec: Omit<Segment, 'source'>): Promise<void> {
    const to = this.#macs.get(spec.destination) ?? (await this.#resolve(spec.destination))
    const frame = tcpFrame(this.#mac, to, { ...spec, source: this.address })
    const { stdin } = this.#child
    if (stdin?.write(`${frame.toString('hex')}\n`) === false) await once(stdin, 'drain')
  }

  /** The first segment heard from now on that fits; undefined after `ms`. */
  wait(fits: (heard: Heard) => boolean, ms = ANSWER_MS): Promise<Heard | undefined> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        fits,
        done: (heard) => {
          clearTimeout(patience)
          this.#waiters.delete(waiter)
          resolve(heard)
        },
      }
      const patience = setTimeout(() => {
        this.#waiters.delete(waiter)
        resolve(undefined)
      }, ms)
      this.#waiters.add(waiter)
    })
  }

  /** One segment from a fresh port, and what is first sent back to that port. */
  async ask(
    spec: Omit<Segment, 'source' | 'sourcePort'>,
    ms = ANSWER_MS,
  ): Promise<Heard | undefined> {
    const sourcePort = this.freshPort()
    const answer = this.wait(
      (h) => h.destinationPort === sourcePort && h.source === spec.destination,
      ms,
    )
    await this.send({ ...spec, sourcePort })
    return answer
  }

  /** SYN, SYN-ACK, ACK. Undefined: no SYN-ACK came. `next`: the sequence number to go on with. */
  async dial(
    destination: string,
    destinationPort: number,
    options: Uint8Array,
  ): Promise<Opened | undefined> {
    const sequence = Math.floor(Math.random() * 2 ** 32)
    const synAck = await this.ask({ destination, destinationPort, sequence, flags: SYN, options })
    if (synAck === undefined || (synAck.flags & (SYN | ACK)) !== (SYN | ACK)) return undefined
    const port = synAck.destinationPort
    const next = (sequence + 1) >>> 0
    await this.send({
      ...{ destination, destinationPort, sourcePort: port, sequence: next, flags: ACK },
      acknowledgment: synAck.sequence + 1,
    })
    return { synAck, port, next }
  }

  async #resolve(address: string): Promise<Buffer> {
    for (let tries = 0; tries < ARP_TRIES; tries++) {
      this.#child.stdin?.write(`${arpFrame(this.#mac, this.address, address).toString('hex')}\n`)
      for (let waited = 0; waited < ARP_MS; waited += 20) {
        await new Promise((done) => setTimeout(done, 20))
        const mac = this.#macs.get(address)
        if (mac !== undefined) return mac
      }
    }
    throw new Error(`nobody answers ARP for ${address}`)
  }

  #receive(frame: Buffer): void {
    const arp = readArp(frame)
    if (arp !== undefined) {
      if (!arp.request) this.#macs.set(arp.sender, Buffer.from(arp.mac))
      else if (arp.target === this.address) {
        const answer = arpFrame(this.#mac, this.address, arp.sender, arp.mac)
        this.#child.stdin?.write(`${answer.toString('hex')}\n`)
      }
      return
    }
    const heard = readTcp(frame, performance.now())
    if (heard === undefined || heard.destination !== this.address) return
    this.heard.push(heard)
    for (const waiter of [...this.#waiters]) if (waiter.fits(heard)) waiter.done(heard)
  }
}
