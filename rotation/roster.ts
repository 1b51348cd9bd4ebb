/** The machines the sensor can be, by id. */
import type { PersonaData } from './load.ts'
import { dvr } from './personas/dvr.ts'
import { linuxServer } from './personas/linux-server.ts'
import { windowsServer } from './personas/windows-server.ts'

export const roster: readonly PersonaData[] = [linuxServer, windowsServer, dvr]
