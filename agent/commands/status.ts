/** `cuttle status`: what the running sensor says of itself, or what its outbox holds when it does not run. */
import { join } from 'node:path'
import { askControl } from '../control.ts'
import type { Command } from '../invocation.ts'
import { parseOptions } from '../options.ts'
import type { StoreStatus } from '../store/store.ts'
import type { UplinkStatus } from '../uplink/uplink.ts'
import { openOutbox } from './outbox.ts'

const usage = `usage: cuttle status [--state DIR] [--json]

Persona, doors, rates, outbox depth, and what the hub last acknowledged. --state: default /var/lib/cuttle.
`

export const status: Command = {
  name: 'status',
  summary: 'what the sensor says of itself',
  usage,
  async run(invocation) {
    const { flags } = parseOptions(invocation.args, {
      state: { value: true },
      json: { value: false },
    })
    const state = flags.get('state')?.[0] ?? invocation.env.CUTTLE_STATE ?? '/var/lib/cuttle'
    const running = await askControl(join(state, 'control.sock'))
    const answer: Record<string, unknown> = running ?? { running: false, outbox: outboxOf(state) }
    if (flags.has('json')) invocation.write(`${JSON.stringify({ running: true, ...answer })}\n`)
    else invocation.write(table(answer, running !== undefined))
    return running === undefined ? 1 : 0
  },
}

function outboxOf(state: string): StoreStatus {
  const store = openOutbox(state)
  try {
    return store.status()
  } finally {
    store.close()
  }
}

function table(answer: Record<string, unknown>, running: boolean): string {
  const rows: [string, unknown][] = [
    ['sensor', running ? `${answer.sensor}, since ${answer.since}` : 'not running'],
  ]
  if (running) {
    rows.push([
      'address',
      `${[answer.address].flat().join(', ')} on ${answer.interface} (${answer.mode})`,
    ])
    const machines = Number(answer.machines ?? 1)
    rows.push([
      'persona',
      machines > 1 ? `${answer.persona}, first of ${machines}` : answer.persona,
    ])
    rows.push([
      'doors',
      `${answer.doors}; demand-driven: ${[answer.extra_ports].flat().join(', ') || 'none'}`,
    ])
    const stack = (answer.stack ?? {}) as Record<string, number>
    rows.push([
      'packets',
      `${stack.frames} frames, ${stack.syns} SYNs, ${stack.synAcks} answered, ${stack.accepted} handshakes`,
    ])
    const udp = (answer.udp ?? {}) as Record<string, number>
    rows.push([
      'datagrams',
      `${udp.datagrams} to ports open ${udp.served}, refused ${udp.refused}, silent ${udp.silent}; ${udp.replies} answered`,
    ])
    rows.push(['dropped', drops(stack)])
    rows.push(['flows now', answer.flows])
    if (answer.commit_fault) rows.push(['outbox fault', answer.commit_fault])
  }
  const outbox = answer.outbox as StoreStatus | undefined
  if (outbox)
    rows.push([
      'outbox',
      `${outbox.depth} events (${Math.ceil(outbox.bytes / 1024)} KiB), dropped ${outbox.dropped.join('/')} (scan/connection/credential/malware)`,
    ])
  const uplink = answer.uplink as UplinkStatus | undefined
  if (uplink) {
    const last = uplink.lastAck === 0 ? 'never' : new Date(uplink.lastAck).toISOString()
    rows.push([
      'hub',
      `${uplink.connected ? 'connected' : `away (${uplink.lastError})`}; acknowledged ${uplink.acknowledged}, last at ${last}`,
    ])
  }
  return rows.map(([name, value]) => `${name.padEnd(14)}${String(value)}\n`).join('')
}

const DROPS = [
  'malformed',
  'badChecksum',
  'martian',
  'notOurs',
  'fragmentsDropped',
  'strays',
  'evicted',
  'lostSend',
]
const drops = (stack: Record<string, number>): string =>
  DROPS.filter((name) => (stack[name] ?? 0) > 0)
    .map((name) => `${name} ${stack[name]}`)
    .join(', ') || 'none'
