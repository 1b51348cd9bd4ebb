/** The list of protocols, nothing else. Adding one is a folder and a line. */
import { generic } from './generic/index.ts'
import { http } from './http/index.ts'
import { mssql } from './mssql/index.ts'
import type { DatagramProtocol, Protocol } from './protocol.ts'
import { redis } from './redis/index.ts'
import { ssh } from './ssh/index.ts'
import { telnet } from './telnet/index.ts'

export const protocols: readonly Protocol[] = [http, telnet, ssh, mssql, redis, generic]

export const datagramProtocols: readonly DatagramProtocol[] = []
