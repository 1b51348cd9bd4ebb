/** `cuttle persona`: the machines that the sensor can be. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { datagramProtocols, protocols } from '../../protocols/index.ts'
import { faultsOf, type PersonaData, PersonaFault } from '../../rotation/data.ts'
import { loadPersona } from '../../rotation/load.ts'
import { roster } from '../../rotation/roster.ts'
import { Fault } from '../fault.ts'
import type { Command, Invocation } from '../invocation.ts'
import { parseOptions } from '../options.ts'

const usage = `usage: cuttle persona list [--json]
       cuttle persona show ID [--json]
       cuttle persona check [FILE]   every fault of a file, or of all that are built in
`
const SEED_BYTES = 32

export const persona: Command = {
  name: 'persona',
  summary: 'the machines the sensor can be',
  usage,
  async run(invocation) {
    const { flags, rest } = parseOptions(invocation.args, { json: { value: false } }, 2)
    const [verb, what] = rest
    if (verb === 'list' && what === undefined) return list(invocation, flags.has('json'))
    if (verb === 'check') return check(invocation, what)
    if (verb !== 'show' || what === undefined) throw new Fault(['use list, show ID or check FILE'])
    const found = roster.find((p) => p.id === what)
    if (found === undefined) throw new Error(`no persona '${what}'; see cuttle persona list`)
    invocation.write(`${JSON.stringify(found, null, flags.has('json') ? 0 : 2)}\n`)
    return 0
  },
}

function list(invocation: Invocation, json: boolean): 0 {
  const width = Math.max(...roster.map(({ id }) => id.length))
  for (const { id, title, device, environments, ports, udp } of roster) {
    const row = { id, title, device, environments, ports: numbers(ports), udp: numbers(udp) }
    const udpText = row.udp.length > 0 ? `; udp ${row.udp.join(', ')}` : ''
    invocation.write(
      json
        ? `${JSON.stringify(row)}\n`
        : `${id.padEnd(width)} ${title} (${row.ports.join(', ')}${udpText})\n`,
    )
  }
  return 0
}

const numbers = (ports: object): number[] => Object.keys(ports).map(Number)

/** 0: no fault; else all of them, a line each. */
async function check(invocation: Invocation, path: string | undefined): Promise<0 | 1> {
  const all = path === undefined ? roster : await personasIn(resolve(path))
  let faulty = 0
  for (const data of all) {
    const name = path ?? `persona ${(data as PersonaData).id}`
    const faults = allFaults(data)
    if (faults.length > 0) faulty++
    for (const fault of faults) invocation.complain(`${name}: ${fault}`)
  }
  if (faulty === 0) invocation.write(`${all.length} checked, no fault\n`)
  return faulty === 0 ? 0 : 1
}

function allFaults(data: unknown): readonly string[] {
  const faults = faultsOf(data)
  if (faults.length > 0) return faults
  try {
    const spoken = { protocols, datagramProtocols }
    loadPersona(data as PersonaData, spoken, new Uint8Array(SEED_BYTES), [], 0, () => 0)
    return []
  } catch (error) {
    if (!(error instanceof PersonaFault)) throw error
    return [error.message]
  }
}

/** What a file exports: it is the operator's own, and run. */
async function personasIn(path: string): Promise<readonly unknown[]> {
  let module: object
  try {
    module = await import(pathToFileURL(path).href)
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message.split('\n')[0]}`)
  }
  const found = Object.values(module)
  if (found.length === 0) throw new Error(`${path}: exports no persona`)
  return found
}
