/** The command line of `cuttle hub`: every fault is found in one pass. */
import { parseArgs } from 'node:util'

export type Endpoint = { readonly host: string; readonly port: number }
export type Settings = {
  readonly state: string
  readonly listen: Endpoint
  /** A place for a broker of our own, or the URL of somebody else's. */
  readonly mqtt: Endpoint | string
  /** The line that says "ready", as JSON. */
  readonly json: boolean
}
export type ParsedSettings =
  | { readonly kind: 'run'; readonly settings: Settings }
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

export const HELP = `cuttle hub: collects the events of many sensors

  --state DIR         where the database and the broker's files live (required)
  --listen ADDR:PORT  HTTP (default 127.0.0.1:8080)
  --mqtt ADDR:PORT    start mosquitto there (default 127.0.0.1:1883)
  --mqtt URL          use this broker: mqtt://user:password@host:port or mqtts://…
  --store sqlite      the only store so far
  --json              say "ready" as one JSON object
  --help
`
const DEFAULT_LISTEN = '127.0.0.1:8080'
const DEFAULT_MQTT = '127.0.0.1:1883'
const FLAGS = {
  state: { type: 'string' },
  listen: { type: 'string' },
  mqtt: { type: 'string' },
  store: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export const parseSettings = (argv: readonly string[]): ParsedSettings => {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: FLAGS,
    strict: false,
    tokens: true,
  })
  if (values.help) return { kind: 'help' }
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional')
      faults.push(`'${token.value}' is not expected; see cuttle hub --help`)
    else if (token.kind === 'option' && !(token.name in FLAGS))
      faults.push(`${token.rawName}: no such flag; see cuttle hub --help`)
  }
  const text = (name: 'state' | 'listen' | 'mqtt' | 'store', fallback: string): string => {
    const value = values[name]
    if (value === undefined) return fallback
    if (typeof value === 'string' && value !== '') return value
    faults.push(`--${name}: a value is missing; see cuttle hub --help`)
    return fallback
  }
  const given = faults.length
  const state = text('state', '')
  if (state === '' && faults.length === given)
    faults.push('--state: is missing; give a directory, as in --state /var/lib/cuttle-hub')
  const listenText = text('listen', DEFAULT_LISTEN)
  const listen = parseEndpoint(listenText)
  if (listen === undefined)
    faults.push(`--listen: '${listenText}' is not ADDR:PORT; use ${DEFAULT_LISTEN}`)
  const mqttText = text('mqtt', DEFAULT_MQTT)
  const mqtt = isBrokerUrl(mqttText) ? mqttText : parseEndpoint(mqttText)
  if (mqtt === undefined)
    faults.push(
      `--mqtt: '${mqttText}' is neither ADDR:PORT nor a URL; use ${DEFAULT_MQTT} or mqtt://host:1883`,
    )
  const store = text('store', 'sqlite')
  if (store !== 'sqlite') faults.push(`--store: '${store}' is not known; use sqlite`)
  if (faults.length > 0 || listen === undefined || mqtt === undefined)
    return { kind: 'faults', faults }
  return { kind: 'run', settings: { state, listen, mqtt, json: values.json === true } }
}

/** 192.0.2.1:80, [2001:db8::1]:80 or name:80. */
export const parseEndpoint = (text: string): Endpoint | undefined => {
  const found = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([^:[\]/\s]{1,253})):(\d{1,5})$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  if (host === undefined || port < 1 || port > 65_535) return undefined
  return { host, port }
}

export const endpointText = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const isBrokerUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return (
    url !== null && (url.protocol === 'mqtt:' || url.protocol === 'mqtts:') && url.hostname !== ''
  )
}
