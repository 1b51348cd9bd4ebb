/** Flows, observations and findings → events in ECS names. Pure but for the id and the time it is given. */

import { preview } from '../protocols/generic/preview.ts'
import type { Observation } from '../protocols/observation.ts'
import type { Endpoint } from '../protocols/protocol.ts'
import type { Persona } from '../rotation/persona.ts'
import type { Finding } from './behaviour/finding.ts'
import type { ScanFinding } from './behaviour/scan.ts'
import type { CuttleFields, Door, SensorEvent } from './event.ts'
import { communityId } from './fingerprint/community-id.ts'
import type { Flow } from './stack/flow.ts'
import type { Value } from './store/store.ts'

/** Characters of a payload's printable preview. */
export const PREVIEW_CHARS = 256
/** Longest text of one field that an event carries. */
const MAX_TEXT = 4096
export const NETWORK = ['network'] as const
const INTRUSION = ['network', 'intrusion_detection'] as const
const AUTHENTICATION = ['network', 'authentication'] as const

export type Stamp = {
  readonly sensor: string
  /** ULID of the next event. */
  readonly id: (now: number) => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly sha256: (bytes: Uint8Array) => string
}

/** Who an event is about: a TCP flow, or one of UDP, whose source is never proven by itself and may have met no open door. */
export type Party = Pick<Flow, 'id' | 'remote' | 'local' | 'persona'> & {
  readonly door: Door | undefined
  readonly transport?: 'udp'
}

/** What every event of a flow shares. Made once for each event: a flow that says nothing costs nothing. */
function base(stamp: Stamp, flow: Party, protocol: string) {
  const { remote, local, door, transport = 'tcp' } = flow
  return {
    source: { ip: remote.address, port: remote.port },
    destination: { ip: local.address, port: local.port },
    network: {
      transport,
      protocol,
      community_id: community(transport, remote, local),
    },
    observer: observer(stamp),
    cuttle: {
      flow: flow.id,
      identity: flow.persona.identity.id,
      persona: flow.persona.id,
      ...(door !== undefined && { door }),
      verified: transport === 'tcp',
    },
  } as const
}

export const observer = (stamp: Stamp) => ({ name: stamp.sensor, type: 'honeypot' }) as const

export const iso = (ms: number): string => new Date(ms).toISOString()

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** One for each handshake, at the flow's end. The sensor writes the same as text at once: agent/connection-text.ts. */
export function connectionEvent(
  stamp: Stamp,
  flow: Flow,
  protocol: string,
  payload: Uint8Array,
  durationMs: number,
): SensorEvent {
  const now = stamp.now()
  const { remote, local, persona, signature, scanner } = flow
  const cuttle: Draft<CuttleFields> = {
    flow: flow.id,
    identity: persona.identity.id,
    persona: persona.id,
    door: flow.door,
    verified: true,
  }
  if (signature !== '') cuttle.signature = signature
  if (scanner !== '') cuttle.scanner = scanner
  if (payload.length > 0)
    cuttle.payload = {
      sha256: stamp.sha256(payload),
      preview: preview(payload, PREVIEW_CHARS),
      bytes: payload.length,
    }
  return {
    '@timestamp': iso(now),
    event: {
      id: stamp.id(now),
      action: 'connection',
      kind: 'event',
      category: NETWORK,
      severity: 1,
      duration: Math.round(durationMs) * 1_000_000,
      reason: flow.ending ?? 'fin',
    },
    observer: observer(stamp),
    source: { ip: remote.address, port: remote.port, bytes: flow.bytesIn },
    destination: { ip: local.address, port: local.port, bytes: flow.bytesOut },
    network: { transport: 'tcp', protocol, community_id: community('tcp', remote, local) },
    cuttle,
  }
}

export const community = (transport: 'tcp' | 'udp', remote: Endpoint, local: Endpoint): string =>
  communityId(transport, remote.address, remote.port, local.address, local.port) ?? ''

export function observationEvent(
  stamp: Stamp,
  flow: Party,
  protocol: string,
  observation: Observation,
): SensorEvent {
  const now = stamp.now()
  const shared = base(stamp, flow, protocol)
  const { cuttle } = shared
  const head = (
    action: SensorEvent['event']['action'],
    severity: number,
    category = NETWORK as readonly string[],
  ) => ({
    '@timestamp': iso(now),
    event: { id: stamp.id(now), action, kind: 'event' as const, category, severity },
  })
  switch (observation.kind) {
    case 'credential':
      return {
        ...head('credential', observation.accepted ? 5 : 3, AUTHENTICATION),
        ...shared,
        user: { name: clip(observation.user) },
        cuttle: {
          ...cuttle,
          credential: {
            method: observation.method,
            secret: clip(observation.secret),
            accepted: observation.accepted,
          },
          ...(observation.fields && { fields: observation.fields }),
        },
      }
    case 'command':
      return { ...head('command', 4), ...shared, process: { command_line: clip(observation.text) } }
    case 'request': {
      const agent = observation.headers?.['user-agent']
      return {
        ...head('request', 2),
        ...shared,
        url: { original: clip(observation.target) },
        http: {
          request: {
            method: clip(observation.verb),
            ...(observation.body !== undefined && { body: { content: clip(observation.body) } }),
          },
        },
        ...(agent !== undefined && { user_agent: { original: clip(agent) } }),
        cuttle: { ...cuttle, ...(observation.headers && { fields: observation.headers }) },
      }
    }
    case 'client':
      return {
        ...head('client', 1),
        ...shared,
        cuttle: {
          ...cuttle,
          client: clip(observation.software),
          ...(observation.hassh !== undefined && { hassh: observation.hassh }),
          ...(observation.fields && { fields: observation.fields }),
        },
      }
    case 'file':
      return {
        ...head('file', 7, INTRUSION),
        ...shared,
        file: {
          name: clip(observation.name),
          size: observation.bytes,
          hash: { sha256: observation.sha256 },
        },
      }
    case 'malformed':
      return { ...head('malformed', 2), ...shared, message: clip(observation.reason) }
  }
}

export function findingEvent(
  stamp: Stamp,
  flow: Party,
  protocol: string,
  finding: Finding,
): SensorEvent {
  const now = stamp.now()
  const { cuttle, ...shared } = base(stamp, flow, protocol)
  return {
    '@timestamp': iso(now),
    event: {
      id: stamp.id(now),
      action: finding.action,
      kind: 'alert',
      category: INTRUSION,
      severity: finding.severity,
    },
    ...shared,
    rule: { id: finding.ruleId, name: finding.ruleName },
    ...(finding.cves.length > 0 && { vulnerability: { id: finding.cves } }),
    threat: {
      ...(finding.software && { software: finding.software }),
      technique: { id: finding.techniques },
      ...(finding.indicators.length > 0 && { indicator: finding.indicators }),
    },
    cuttle: {
      ...cuttle,
      ...(finding.tool !== undefined && { tool: finding.tool }),
      ...(finding.attempts !== undefined && { attempts: finding.attempts }),
      ...(finding.users !== undefined && { users: finding.users }),
    },
  }
}

/** `id`: the same for every draft of a row. `text`: an address as people write it. */
export function scanEvent(
  stamp: Stamp,
  persona: Persona,
  finding: ScanFinding,
  id: string,
  text: (address: number) => string,
): SensorEvent {
  const now = stamp.now()
  return {
    '@timestamp': iso(now),
    event: {
      id,
      action: 'scan',
      kind: 'event',
      category: NETWORK,
      severity: finding.severity,
      start: iso(finding.start),
      end: iso(finding.end),
    },
    observer: observer(stamp),
    source: { ip: text(finding.source), packets: finding.packets },
    destination: { ip: text(finding.destinations[0] ?? 0) },
    network: { transport: 'tcp' },
    threat: {
      ...(finding.software && { software: finding.software }),
      technique: { id: finding.techniques },
    },
    cuttle: {
      identity: persona.identity.id,
      persona: persona.id,
      verified: finding.verified,
      ...(finding.scanner !== '' && { scanner: finding.scanner }),
      ...(finding.tool !== undefined && { tool: finding.tool }),
      ...(finding.destinations.length > 1 && {
        destinations: finding.destinations.map(text),
      }),
      ports: finding.ports,
      ports_count: finding.portsCount,
    },
  }
}

export function healthEvent(
  stamp: Stamp,
  persona: { readonly id: string; readonly identity: { readonly id: string } },
  message: string,
  health: Readonly<Record<string, number | string>>,
): SensorEvent {
  const now = stamp.now()
  return {
    '@timestamp': iso(now),
    event: { id: stamp.id(now), action: 'health', kind: 'event', category: ['host'], severity: 1 },
    observer: observer(stamp),
    message,
    cuttle: { identity: persona.identity.id, persona: persona.id, health },
  }
}

const VALUES: Readonly<Record<SensorEvent['event']['action'], Value>> = {
  exploit: 3,
  malware: 3,
  file: 3,
  bruteforce: 2,
  credential: 2,
  command: 2,
  rotation: 2,
  health: 1,
  connection: 1,
  request: 1,
  client: 1,
  malformed: 1,
  scan: 0,
}
export const worthOf = (event: SensorEvent): Value => VALUES[event.event.action]

const clip = (text: string): string => (text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT))
