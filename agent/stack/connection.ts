/**
 * One TCP connection as whoever serves it sees it; its state is in connection-state.ts.
 * What moves the state is in tcp.ts. Made with the first valid ACK, never before.
 */
import type { Endpoint } from '../../protocols/protocol.ts'
import type { Persona } from '../../rotation/persona.ts'
import type { Door } from '../event.ts'
import { addressText6 } from '../wire/address6.ts'
import { addressText } from '../wire/ipv4.ts'
import { ConnectionState } from './connection-state.ts'
import { doorName } from './doors.ts'
import type { Ending, Flow } from './flow.ts'
import { HIGH_WATER_BYTES, SendQueue } from './send-queue.ts'

/** States of RFC 9293 3.3.2 that a passive opener can be in after the handshake. */
export const ESTABLISHED = 0
export const CLOSE_WAIT = 1
export const FIN_WAIT_1 = 2
export const FIN_WAIT_2 = 3
export const CLOSING = 4
export const LAST_ACK = 5
export const TIME_WAIT = 6
export const CLOSED = 7

/** Bytes that may wait for whoever serves the flow, at most: the largest receive window of a persona. */
export const MAX_RECEIVE_WINDOW_BYTES = 262_656
/** A new write is refused (and the flow reset) above this: a server that ignores back-pressure is our bug. */
export const MAX_QUEUE_BYTES = 4 * 1024 * 1024

/** What a connection needs of the stack that made it. */
export interface Owner {
  /** Put the connection on the list of those to serve and send for, and see that the list is worked off soon. */
  touch(connection: Connection): void
  /** Send a reset and forget the connection. */
  abort(connection: Connection, ending: Ending): void
  /** The connection holds more or fewer bytes than before. */
  settle(connection: Connection): void
  flowId(connection: Connection): string
  signature(connection: Connection): string
  scanner(connection: Connection): string
}

export class Connection extends ConnectionState implements Flow {
  get id(): string {
    return this.owner.flowId(this)
  }
  get remote(): Endpoint {
    const { remoteWords: words, remoteAddress } = this
    const address = words === undefined ? addressText(remoteAddress) : addressText6(words)
    return { address, port: this.remotePort }
  }
  get local(): Endpoint {
    return { address: this.host.text, port: this.localPort }
  }
  get persona(): Persona {
    return this.host.persona
  }
  get door(): Door {
    return doorName(this.doorCode)
  }
  get signature(): string {
    return this.owner.signature(this)
  }
  get scanner(): string {
    return this.owner.scanner(this)
  }
  get ended(): boolean {
    return this.finReceived || this.ending !== undefined
  }
  get unread(): number {
    return this.talk === undefined ? 0 : this.talk.inboxBytes
  }
  /** Bytes of memory that wait here, unread, out of order or unacknowledged. What a closed one left unread is its server's. */
  get held(): number {
    const talk = this.talk
    if (talk === undefined || this.state === CLOSED) return 0
    return (talk.inbox?.length ?? 0) + (talk.assembler?.bytes ?? 0) + (talk.queue?.bytes ?? 0)
  }

  take(): Buffer | undefined {
    const talk = this.talk
    const inbox = talk?.inbox
    if (talk === undefined || inbox === undefined) return undefined
    const bytes = talk.inboxBytes === inbox.length ? inbox : inbox.subarray(0, talk.inboxBytes)
    talk.inbox = undefined
    talk.inboxBytes = 0
    // What is not yet counted will be when the connection is served.
    if (this.heldCounted !== 0) this.owner.settle(this)
    // RFC 9293 3.8.6.2.2: tell of a window that has grown by half the buffer.
    if (this.ending === undefined && this.advertised <= this.receiveWindow / 2) {
      this.acknowledgeNow = true
      this.owner.touch(this)
    }
    return bytes
  }

  /** In-order bytes for whoever serves the flow; the caller keeps them within the window. */
  deliver(bytes: Uint8Array, offset: number, length: number): void {
    const talk = this.talking
    const held = talk.inbox
    const total = talk.inboxBytes + length
    let inbox = held
    if (inbox === undefined || total > inbox.length) {
      inbox = Buffer.allocUnsafe(held === undefined ? length : Math.max(total, 2 * held.length))
      if (held !== undefined) held.copy(inbox, 0, 0, talk.inboxBytes)
      talk.inbox = inbox
    }
    for (let i = 0, at = talk.inboxBytes; i < length; i++)
      inbox[at + i] = bytes[offset + i] as number
    talk.inboxBytes = total
    this.bytesIn += length
    this.news = true
  }

  wait(ready: () => void): void {
    if (this.talk?.inbox !== undefined || this.ended) ready()
    else this.talking.ready = ready
  }

  write(bytes: Uint8Array): boolean {
    if (this.ending !== undefined || this.finWanted) return true
    this.queue ??= new SendQueue()
    if (this.queue.length + bytes.length > MAX_QUEUE_BYTES) {
      this.owner.abort(this, 'budget')
      return true
    }
    this.queue.push(bytes)
    this.owner.touch(this)
    return this.queue.length < HIGH_WATER_BYTES
  }

  drained(ready: () => void): void {
    if (this.ending !== undefined || (this.queue?.length ?? 0) < HIGH_WATER_BYTES) ready()
    else this.talking.drained = ready
  }

  end(): void {
    if (this.finWanted || this.ending !== undefined) return
    this.finWanted = true
    this.owner.touch(this)
  }

  reset(): void {
    if (this.ending === undefined) this.owner.abort(this, 'shutdown')
  }

  /** Tell whoever serves the flow that there is something new. */
  notify(): void {
    this.news = false
    const ready = this.talk?.ready
    if (this.talk !== undefined) this.talk.ready = undefined
    ready?.()
    this.onActivity?.()
    const talk = this.talk
    if (
      talk?.drained !== undefined &&
      (this.ending !== undefined || (talk.queue?.length ?? 0) < HIGH_WATER_BYTES)
    ) {
      const { drained } = talk
      talk.drained = undefined
      drained()
    }
  }

  nextIpId(): number {
    const rule = this.host.persona.traits.ipid.flow
    if (rule !== 'flow-counter') return this.host.ipId(rule, this.remoteAddress)
    this.ipId = (this.ipId + 1) & 0xffff
    return this.ipId
  }
}
