/** ARP as the host answers it: replies for our addresses, an announcement at start (RFC 5227). */
import type { Link } from '../link/link.ts'
import * as wire from '../wire/arp.ts'
import * as ethernet from '../wire/ethernet.ts'
import type { Host } from './host.ts'

const BROADCAST_HIGH = 0xffff
const BROADCAST_LOW = -1

/** Answer a request for `host`'s address. */
export function reply(link: Link, host: Host, request: wire.Arp): void {
  send(
    link,
    host,
    wire.REPLY,
    request.senderHigh,
    request.senderLow,
    request.senderHigh,
    request.senderLow,
    request.senderIp,
  )
}

/** Between the words of a booting machine, in ms (RFC 5227 1.1: PROBE_MIN to PROBE_MAX, ANNOUNCE_INTERVAL). */
export const STEP_MS = 1_000

/**
 * What a booting machine says at its step 0, 1 …: is anybody at its address, that it is there, and where
 * its gateway is: a machine that never asks is none. False: that was all.
 */
export function join(link: Link, host: Host, gateway: number | undefined, step: number): boolean {
  if (!link.ethernet) return false
  const { probes, announcements } = host.persona.traits.arp
  if (step < probes) ask(link, host, host.address, 0)
  else ask(link, host, host.address, host.address)
  const last = step >= probes + announcements - 1
  if (last && gateway !== undefined) ask(link, host, gateway, host.address)
  link.flush()
  return !last
}

/** Who is at `address`? About the own one: a probe from 0 (RFC 5227 2.1.1), an announcement from itself (2.3). */
function ask(link: Link, host: Host, address: number, from: number): void {
  send(link, host, wire.REQUEST, BROADCAST_HIGH, BROADCAST_LOW, 0, 0, address, from)
}

function send(
  link: Link,
  host: Host,
  operation: number,
  toHigh: number,
  toLow: number,
  targetHigh: number,
  targetLow: number,
  targetIp: number,
  senderIp = host.address,
): void {
  const at = link.reserve()
  if (at < 0) return
  ethernet.emit(link.out, at, toHigh, toLow, host.mac, ethernet.ARP)
  wire.emit(
    link.out,
    at + ethernet.HEADER_BYTES,
    operation,
    host.mac,
    senderIp,
    targetHigh,
    targetLow,
    targetIp,
  )
  link.commit(ethernet.HEADER_BYTES + wire.BYTES)
}
