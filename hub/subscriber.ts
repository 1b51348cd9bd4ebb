/** The hub's own connection to the broker: batches in, acknowledgements out. */
import { connect, type MqttClient } from 'mqtt'
import { ALL_EVENTS, ALL_STATES, topics } from '../agent/event.ts'
import type { Answer } from './ingest.ts'

export type SubscriberOptions = {
  readonly url: string
  readonly clientId: string
  readonly events: (topic: string, payload: Uint8Array) => void
  /** A sensor that is online now, or was when we came. */
  readonly online: (sensor: string, epoch: string) => void
  readonly warn: (message: string) => void
}
export type Subscriber = {
  connected(): boolean
  answer(sensor: string, answer: Answer): void
  stop(): Promise<void>
}

const RECONNECT_MS = 1000
const KEEPALIVE_SECONDS = 30
const MAX_STATE_BYTES = 1024
const STATE_TOPIC = /^cuttle\/v1\/([a-z0-9][a-z0-9-]{0,63})\/up\/state$/

/**
 * Clean session: what the broker would keep for a hub that is away, the sensors keep better. Their retained states,
 * which come with the subscription, tell whom to ask for what was missed.
 */
export const startSubscriber = (options: SubscriberOptions): Subscriber => {
  const client = connect(options.url, {
    // Nothing of 5 is needed here, and every broker speaks 3.1.1.
    protocolVersion: 4,
    clientId: options.clientId,
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    resubscribe: false,
  })
  let complaint = ''
  let stopping = false
  const complain = (message: string): void => {
    if (message !== complaint && !stopping) options.warn(message)
    complaint = message
  }
  client.on('connect', () => {
    complaint = ''
    subscribe(client, complain)
  })
  client.on('error', (error) => complain(`the broker is out of reach: ${error.message}`))
  client.on('close', () => complain('the connection to the broker is closed; trying again'))
  client.on('message', (topic, payload, packet) => {
    const sensor = STATE_TOPIC.exec(topic)?.[1]
    if (sensor === undefined) options.events(topic, payload)
    else if (packet.retain) {
      const epoch = onlineEpoch(payload)
      if (epoch !== undefined) options.online(sensor, epoch)
    }
  })
  return {
    connected: () => client.connected,
    answer: (sensor, answer) => {
      if (client.connected)
        client.publish(topics(sensor).ack, JSON.stringify(answer), { qos: 1 }, () => {})
    },
    stop: async () => {
      stopping = true
      await client.endAsync(!client.connected)
    },
  }
}

const subscribe = (client: MqttClient, complain: (message: string) => void): void => {
  client.subscribe({ [ALL_EVENTS]: { qos: 1 }, [ALL_STATES]: { qos: 1 } }, (error) => {
    if (error) complain(`the broker does not let the hub listen: ${error.message}`)
  })
}

const onlineEpoch = (payload: Uint8Array): string | undefined => {
  if (payload.length > MAX_STATE_BYTES) return undefined
  try {
    const state = JSON.parse(Buffer.from(payload).toString())
    return state?.online === true && typeof state.epoch === 'string' ? state.epoch : undefined
  } catch {
    return undefined
  }
}
