/** Persona data and the protocols → a Persona on duty. Every fault in the data is reported at once. */
import type { DatagramProtocol, Protocol } from '../protocols/protocol.ts'
import { faultsOf, type PersonaData, PersonaFault } from './data.ts'
import { createIdentity } from './identity.ts'
import type { Persona } from './persona.ts'

const DAY_MS = 86_400_000
const MIN_SKEW_PPM = 5
const MAX_SKEW_PPM = 60

export type Spoken = {
  readonly protocols: readonly Protocol[]
  readonly datagramProtocols: readonly DatagramProtocol[]
}

/**
 * `seed`: 32 bytes that make this one machine of its kind. `extraPorts`: the demand-driven ports of
 * this identity. `since`: when the identity was made, `now`: its clock, both ms since 1970. Throws PersonaFault naming every fault.
 */
export function loadPersona(
  data: PersonaData,
  spoken: Spoken,
  seed: Uint8Array,
  extraPorts: readonly number[],
  since: number,
  now: () => number,
): Persona {
  const { protocols, datagramProtocols } = spoken
  const faults = [...faultsOf(data)]
  if (faults.length > 0) throw new PersonaFault(`persona ${data.id}: ${faults.join('; ')}`)
  const identity = createIdentity(seed, data.hostname.pattern, now)
  const tcp = new Map(Object.entries(data.ports).map(([port, p]) => [Number(port), p]))
  const udp = new Map(Object.entries(data.udp).map(([port, p]) => [Number(port), p]))
  const service = resident(protocols, tcp, (p, settings) => p.service(settings, identity))
  const datagrams = resident(datagramProtocols, udp, (p, settings) => p.service(settings, identity))
  for (const [kind, ports, made] of [
    ['ports', tcp, service],
    ['udp', udp, datagrams],
  ] as const)
    for (const [port, { protocol }] of ports)
      try {
        if (made(protocol, port) === undefined)
          faults.push(`${kind}.${port}.protocol: no protocol '${protocol}'`)
      } catch (error) {
        faults.push(`${kind}.${port}.settings: ${(error as Error).message}`)
      }
  if (faults.length > 0) throw new PersonaFault(`persona ${data.id}: ${faults.join('; ')}`)
  const greeters = new Map([...tcp].map(([port, { protocol }]) => [port, protocol]))
  for (const protocol of protocols)
    if (protocol.greets)
      for (const port of protocol.ports) if (!greeters.has(port)) greeters.set(port, protocol.id)
  const { medianDays, sigma } = data.uptime
  const drawn = identity.secret('uptime and skew', 8)
  const skew = drawn.readInt32BE(4) / 2 ** 31
  return {
    id: data.id,
    identity,
    mac: mac(data.vendor.prefixes, identity.secret('mac', 4)),
    traits: data.stack.traits,
    bootedAt:
      since - medianDays * DAY_MS * Math.exp(sigma * normal(drawn.readUInt32BE(0) / 2 ** 32)),
    skewPpm: Math.sign(skew) * (MIN_SKEW_PPM + Math.abs(skew) * (MAX_SKEW_PPM - MIN_SKEW_PPM)),
    door: (transport, port) => {
      if ((transport === 'tcp' ? tcp : udp).has(port)) return 'open'
      return data.closed === 'closed' || data.reset.includes(port) ? 'closed' : 'silent'
    },
    greeter: (port) => greeters.get(port),
    service,
    datagramResident: (port) => udp.get(port)?.protocol,
    datagramService: datagrams,
    openPorts: new Set([...tcp.keys(), ...extraPorts]),
  }
}

/**
 * Services are made when first asked for: a machine of a whole /24 speaks little of what it could. At its
 * own port a protocol has the persona's settings; at another, if it has any, those for elsewhere.
 */
function resident<P extends { readonly id: string; readonly elsewhere?: readonly unknown[] }, S>(
  protocols: readonly P[],
  ports: ReadonlyMap<number, { readonly protocol: string; readonly settings?: unknown }>,
  make: (protocol: P, settings: unknown) => S,
): (protocol: string, port: number) => S | undefined {
  const made = new Map<string, S>()
  /** Ports elsewhere, in the order in which they were met. */
  const met = new Map<string, number>()
  return (id, port) => {
    const protocol = protocols.find((p) => p.id === id)
    if (protocol === undefined) return undefined
    const here = ports.get(port)
    const { elsewhere } = protocol
    let key = `${id} ${port}`
    let settings = here?.settings
    if (here?.protocol !== id) {
      // Nobody could tell two of them apart: one for all.
      const others = elsewhere?.length ?? 1
      if (!met.has(key)) met.set(key, met.size)
      const turn = (met.get(key) ?? 0) % others
      key = `${id} elsewhere ${turn}`
      settings = elsewhere?.[turn]
    }
    const known = made.get(key)
    if (known !== undefined) return known
    const service = make(protocol, settings)
    made.set(key, service)
    return service
  }
}

function mac(prefixes: readonly string[], drawn: Buffer): Uint8Array {
  const prefix = prefixes[drawn.readUInt8(3) % prefixes.length] as string
  return new Uint8Array([
    ...Buffer.from(prefix.replaceAll(':', ''), 'hex'),
    ...drawn.subarray(0, 3),
  ])
}

/** The standard normal quantile of u in [0, 1): Tukey's lambda with 0.135, good to 1 % where we draw. */
function normal(u: number): number {
  const p = Math.min(Math.max(u, 0.001), 0.999)
  return (p ** 0.135 - (1 - p) ** 0.135) / 0.1975
}
