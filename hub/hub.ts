/** The hub, put together: store → broker → ingest → web. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Broker, type BrokerOptions, startBroker } from './broker.ts'
import { Ingest } from './ingest.ts'
import { endpointText, type Settings } from './settings.ts'
import { HubStore, type Retention } from './store/hub-store.ts'
import { startSubscriber } from './subscriber.ts'
import { createWeb } from './web/server.ts'

export type HubOptions = Pick<BrokerOptions, 'user' | 'random' | 'warn' | 'kill'> & {
  readonly settings: Pick<Settings, 'state' | 'listen' | 'mqtt'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly retention?: Retention
}
export type Hub = {
  readonly http: string
  /** Without user and password. */
  readonly mqtt: string
  /** Where the sensors' password is, if they need one. */
  readonly passwordFile: string | undefined
  /** The broker's, if it is ours. */
  readonly brokerPid: () => number | undefined
  stop(): Promise<void>
}
/** One line for the operator, with the remedy. */
export class HubError extends Error {}

const DAY_MS = 24 * 3600 * 1000
export const DEFAULT_RETENTION: Retention = {
  maxAgeMs: 30 * DAY_MS,
  maxBytes: 8 * 1024 ** 3,
  maxAttackers: 1_000_000,
}
const RETAIN_EVERY_MS = 60_000
const RETAIN_AGAIN_MS = 100

/** Throws `BrokerError` or `HubError`; whatever was started by then is stopped. */
export const startHub = async (options: HubOptions): Promise<Hub> => {
  const { settings, now, warn } = options
  const store = await openStore(settings.state)
  const undo: (() => Promise<void> | void)[] = [() => store.close()]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    let broker: Broker | undefined
    if (typeof settings.mqtt !== 'string') {
      broker = await startBroker({ ...options, state: settings.state, listen: settings.mqtt })
      undo.push(broker.stop)
    }
    const url = broker?.url ?? String(settings.mqtt)
    const ingest: Ingest = new Ingest({
      store,
      warn,
      now,
      answer: (sensor, answer) => subscriber.answer(sensor, answer),
    })
    const subscriber = startSubscriber({
      url,
      clientId: `cuttle-hub-${Buffer.from(options.random(4)).toString('hex')}`,
      events: (topic, payload) => ingest.offer(topic, payload),
      online: (sensor, epoch) =>
        subscriber.answer(sensor, { epoch, upto: store.upto(sensor, epoch), resend: true }),
      warn,
    })
    undo.push(async () => {
      ingest.flush()
      await subscriber.stop()
    })
    undo.push(startRetention(store, options.retention ?? DEFAULT_RETENTION, now, warn))
    const web = createWeb({
      store,
      health: () => ({
        broker: subscriber.connected() ? 'connected' : 'disconnected',
        ingest: ingest.counts(),
        streams: store.streams(),
      }),
    })
    undo.push(() => web.close())
    await web.listen(settings.listen).catch((error: Error) => {
      throw new HubError(
        `--listen: ${endpointText(settings.listen)} cannot be opened (${error.message}); choose another address or port`,
      )
    })
    return {
      http: `http://${endpointText(settings.listen)}`,
      mqtt:
        typeof settings.mqtt === 'string'
          ? withoutSecret(settings.mqtt)
          : `mqtt://${endpointText(settings.mqtt)}`,
      passwordFile: broker?.passwordFile,
      brokerPid: () => broker?.pid(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const openStore = async (state: string): Promise<HubStore> => {
  try {
    await mkdir(state, { recursive: true, mode: 0o700 })
    return new HubStore(join(state, 'hub.db'))
  } catch (error) {
    throw new HubError(
      `--state: ${state} cannot be used (${error instanceof Error ? error.message : error}); give a directory that the hub may write`,
    )
  }
}

const withoutSecret = (text: string): string => {
  const url = new URL(text)
  return `${url.protocol}//${url.host}`
}

/** A bounded step at a time; soon again while there is more to remove. Returns how to end it. */
const startRetention = (
  store: HubStore,
  retention: Retention,
  now: () => number,
  warn: (message: string) => void,
): (() => void) => {
  let timer: NodeJS.Timeout
  const step = (): void => {
    let more = false
    try {
      more = store.retain(now(), retention)
    } catch (error) {
      warn(`old events cannot be removed: ${error instanceof Error ? error.message : error}`)
    }
    timer = setTimeout(step, more ? RETAIN_AGAIN_MS : RETAIN_EVERY_MS)
  }
  timer = setTimeout(step, RETAIN_EVERY_MS)
  return () => clearTimeout(timer)
}
