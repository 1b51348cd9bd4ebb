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

/** What a booting machine sends: its announcement, and the question for its gateway. */
export function join(link: Link, host: Host, gateway: number | undefined): void {
  if (!link.ethernet) return
  const { probes, announcements } = host.persona.traits.arp
  for (let i = 0; i < probes; i++) probe(link, host)
  for (let i = 0; i < announcements; i++) announce(link, host)
  if (gateway !== undefined) ask(link, host, gateway)
  link.flush()
}

/** RFC 5227 2.1.1: "is anybody at this address?", from none. */
function probe(link: Link, host: Host): void {
  send(link, host, wire.REQUEST, BROADCAST_HIGH, BROADCAST_LOW, 0, 0, host.address, 0)
}

/** "I am at this address": so that switches and neighbours know, before the first packet. */
function announce(link: Link, host: Host): void {
  send(link, host, wire.REQUEST, BROADCAST_HIGH, BROADCAST_LOW, 0, 0, host.address)
}

/** Ask for the gateway as every host does after boot: a machine that never asks is none. */
function ask(link: Link, host: Host, address: number): void {
  send(link, host, wire.REQUEST, BROADCAST_HIGH, BROADCAST_LOW, 0, 0, address)
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
