/** Persona data and the protocols → a Persona on duty. Every fault in the data is reported at once. */
import type { Protocol, Service } from '../protocols/protocol.ts'
import { createIdentity } from './identity.ts'
import type { Persona, Traits } from './persona.ts'

/** One machine of the roster, as its file in personas/ describes it. */
export type PersonaData = {
  readonly id: string
  readonly title: string
  readonly traits: Traits
  /** TCP ports that are open, each with the protocol that lives there and its settings. */
  readonly ports: Readonly<Record<number, PortData>>
  /** What every other port does; 'silent' hides the retransmission gate. */
  readonly closed: 'closed' | 'silent'
  /** Ports that answer RST although the others are silent: nmap needs one, and many firewalls reject ident. */
  readonly reset: readonly number[]
  /** `#` becomes a letter or digit of the identity's own. */
  readonly hostname: string
  /** First three octets of the vendor's hardware addresses (IEEE registry). */
  readonly vendor: readonly string[]
}
export type PortData = { readonly protocol: string; readonly settings?: unknown }

export class PersonaFault extends Error {
  override readonly name = 'PersonaFault'
}

/**
 * `seed`: 32 bytes that make this one machine of its kind. `extraPorts`: the demand-driven ports of
 * this identity. `now`: its clock, ms since 1970. Throws PersonaFault naming every fault.
 */
export function loadPersona(
  data: PersonaData,
  protocols: readonly Protocol[],
  seed: Uint8Array,
  extraPorts: readonly number[],
  now: () => number,
): Persona {
  const identity = createIdentity(seed, data.hostname, now)
  const settings = new Map<string, unknown>()
  const faults: string[] = []
  for (const [port, { protocol, settings: given }] of Object.entries(data.ports)) {
    const number = Number(port)
    if (!Number.isInteger(number) || number < 1 || number > 65_535)
      faults.push(`ports.${port}: not a port`)
    if (!protocols.some((p) => p.id === protocol))
      faults.push(
        `ports.${port}.protocol: '${protocol}' is none of ${protocols.map((p) => p.id).join(', ')}`,
      )
    if (given !== undefined) settings.set(protocol, given)
  }
  const services = new Map<string, Service>()
  for (const protocol of protocols)
    try {
      services.set(protocol.id, protocol.service(settings.get(protocol.id), identity))
    } catch (error) {
      faults.push(`settings of ${protocol.id}: ${(error as Error).message}`)
    }
  if (faults.length > 0) throw new PersonaFault(`persona ${data.id}: ${faults.join('; ')}`)
  const reset = new Set(data.reset)
  const greeters = new Map<number, string>()
  for (const [port, { protocol }] of Object.entries(data.ports))
    greeters.set(Number(port), protocol)
  const own = new Set(greeters.keys())
  for (const protocol of protocols)
    if (protocol.greets)
      for (const port of protocol.ports) if (!greeters.has(port)) greeters.set(port, protocol.id)
  return {
    id: data.id,
    identity,
    mac: mac(data.vendor, identity.secret('mac', 4)),
    traits: data.traits,
    door: (transport, port) => {
      if (transport === 'tcp' && own.has(port)) return 'open'
      return data.closed === 'closed' || reset.has(port) ? 'closed' : 'silent'
    },
    greeter: (port) => greeters.get(port),
    services,
    openPorts: new Set([...own, ...extraPorts]),
  }
}

function mac(vendors: readonly string[], drawn: Buffer): Uint8Array {
  const vendor = vendors[drawn.readUInt8(3) % vendors.length] as string
  return new Uint8Array([
    ...Buffer.from(vendor.replaceAll(':', ''), 'hex'),
    ...drawn.subarray(0, 3),
  ])
}
