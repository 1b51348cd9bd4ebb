/** What mosquitto is told. Paths are relative: it runs inside its own directory. */
import { MAX_BATCH_BYTES } from '../agent/event.ts'
import type { Endpoint } from './settings.ts'

export const HUB_USER = 'hub'
export const SENSOR_USER = 'sensor'
export const CONFIG_FILE = 'mosquitto.conf'
export const PASSWORD_FILE = 'passwords'
export const ACL_FILE = 'acl'

/** Room for topic and properties above the largest batch. */
const MESSAGE_LIMIT_BYTES = MAX_BATCH_BYTES + 8 * 1024
/** What the broker keeps for a hub that cannot follow; sensors send the rest again. */
const MAX_QUEUED_MESSAGES = 1000
const MAX_QUEUED_BYTES = 64 * 1024 * 1024

/** `runAs`: mosquitto gives up root for this user. */
export const brokerConfig = (listen: Endpoint, anonymous: boolean, runAs: string): string =>
  `# Written by cuttle hub at every start.
listener ${listen.port} ${listen.host}
allow_anonymous ${anonymous}
password_file ${PASSWORD_FILE}
acl_file ${ACL_FILE}
user ${runAs}
persistence true
persistence_location ./
autosave_interval 1
autosave_on_changes true
message_size_limit ${MESSAGE_LIMIT_BYTES}
max_queued_messages ${MAX_QUEUED_MESSAGES}
max_queued_bytes ${MAX_QUEUED_BYTES}
connection_messages false
log_dest stderr
log_type error
log_type warning
log_type information
`

/** A sensor's client id is its name: it writes and reads below its own topics only. */
export const brokerAcl = (): string =>
  `pattern write cuttle/v1/%c/up/#
pattern read cuttle/v1/%c/down/#

user ${HUB_USER}
topic readwrite cuttle/#
`
