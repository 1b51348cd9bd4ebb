/** The visitor's stream as ssh2 wants it: like a socket, with the identification line checked and whole. */
import { Duplex } from 'node:stream'
import {
  type ClientHello,
  clientHello,
  identification,
  MAX_IDENT_BYTES,
  MAX_PACKET_BYTES,
} from './codec.ts'

/** What is kept of the opening to fingerprint the client. */
const MAX_OPENING_BYTES = MAX_IDENT_BYTES + MAX_PACKET_BYTES + 16

export interface Listener {
  /** Once, if the client said anything: who it is. */
  hello(hello: Pick<ClientHello, 'ident' | 'hassh'>): void
  /** Once: the line is not to be borne. */
  refused(verdict: 'invalid' | 'mismatch'): void
}

export class SshSocket extends Duplex {
  readonly #outer: Duplex
  readonly #listener: Listener
  #opening: Buffer | undefined = Buffer.alloc(0)
  #ident: string | undefined
  #refused = false

  constructor(outer: Duplex, listener: Listener) {
    super({ allowHalfOpen: true })
    this.#outer = outer
    this.#listener = listener
    outer.on('data', (chunk: Buffer) => this.#arrived(chunk))
    outer.on('end', () => {
      this.#introduce(undefined)
      this.push(null)
    })
    outer.on('error', () => this.destroy())
    outer.on('close', () => this.destroy())
  }

  // ssh2 asks a socket for these.
  setNoDelay(): this {
    return this
  }
  setTimeout(): this {
    return this
  }

  #arrived(chunk: Buffer): void {
    if (this.#opening === undefined) {
      if (!this.#refused) this.#pass(chunk)
      return
    }
    const head = Buffer.concat([this.#opening, chunk])
    this.#opening = head
    if (this.#ident !== undefined) this.#pass(chunk)
    else {
      const line = identification(head)
      if (line === undefined) return
      if (line.ident.startsWith('SSH-')) this.#ident = line.ident
      if (line.verdict !== 'fine') {
        this.#refused = true
        this.#introduce(undefined)
        this.#listener.refused(line.verdict)
        return
      }
      // ssh2 1.17 loses bytes of a line that arrives in more than two pieces: it gets it whole.
      this.#pass(head)
    }
    const hello = clientHello(head)
    if (hello !== undefined || head.length >= MAX_OPENING_BYTES) this.#introduce(hello?.hassh)
  }

  #introduce(hassh: string | undefined): void {
    if (this.#opening === undefined) return
    this.#opening = undefined
    if (this.#ident !== undefined) this.#listener.hello({ ident: this.#ident, hassh })
  }

  #pass(bytes: Buffer): void {
    if (!this.push(bytes)) this.#outer.pause()
  }

  override _read(): void {
    this.#outer.resume()
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#outer.writable) this.#outer.write(chunk, () => done())
    else done()
  }
  override _final(done: () => void): void {
    this.#outer.end()
    done()
  }
  override _destroy(_fault: Error | null, done: (fault?: Error | null) => void): void {
    this.#introduce(undefined)
    this.#outer.destroy()
    done(null)
  }
}
