/** What scenarios with raw frames share: the attacker's kernel kept out of it, and what the sensor counts. */
import { fileURLToPath } from 'node:url'
import { type Lab, SENSOR_ADDRESS } from '../lab/lab.ts'
import { CUTTLE } from '../lab/processes.ts'

export type Row = Record<string, number>
type Counters = Readonly<Record<string, number>>

export const tool = (name: string): string =>
  fileURLToPath(new URL(`build/${name}`, import.meta.url))

/** Clients of the attacker's kernel bind to this port and above; raw senders stay below. */
export const CLIENT_PORT = 61_000

/** The attacker's kernel knows nothing of raw sessions and would reset them: it hears only answers to CLIENT_PORT and above. */
export async function dropAnswers(lab: Lab): Promise<void> {
  const rule = `ip saddr ${SENSOR_ADDRESS} tcp dport < ${CLIENT_PORT} drop`
  const { code, stderr } = await lab.attacker.exec('nft', [
    `table netdev raw { chain answers { type filter hook ingress device eth0 priority 0; ${rule}; }; }`,
  ])
  if (code !== 0) throw new Error(`nft: ${stderr}`)
}

export type SensorStatus = {
  readonly stack: Counters
  readonly udp: Counters
  readonly link: Counters
  readonly flows: number
}

export async function statusOf(lab: Lab, state: string): Promise<SensorStatus> {
  const { stdout } = await lab.sensor.exec(CUTTLE, ['status', '--json', '--state', state])
  return JSON.parse(stdout) as SensorStatus
}

export async function linkOf(lab: Lab, state: string): Promise<{ lostReceive: number }> {
  const { link } = await statusOf(lab, state)
  return { lostReceive: link.lostReceive ?? Number.NaN }
}
