/** The list of protocols, nothing else. Adding one is a folder and a line. */

import { cldap } from './cldap/index.ts'
import { dialogue } from './dialogue/index.ts'
import { dns } from './dns/index.ts'
import { generic } from './generic/index.ts'
import { http } from './http/index.ts'
import { memcached } from './memcached/index.ts'
import { mssql } from './mssql/index.ts'
import { netbios } from './netbios/index.ts'
import { ntp } from './ntp/index.ts'
import type { DatagramProtocol, Protocol } from './protocol.ts'
import { redis } from './redis/index.ts'
import { sip } from './sip/index.ts'
import { snmp } from './snmp/index.ts'
import { ssdp } from './ssdp/index.ts'
import { ssh } from './ssh/index.ts'
import { telnet } from './telnet/index.ts'
import { tftp } from './tftp/index.ts'

export const protocols: readonly Protocol[] = [http, telnet, ssh, mssql, redis, dialogue, generic]

export const datagramProtocols: readonly DatagramProtocol[] = [
  dns,
  ntp,
  snmp,
  ssdp,
  sip,
  tftp,
  netbios,
  cldap,
  memcached,
]
