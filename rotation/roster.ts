/** The machines the sensor can be, by id. */
import type { PersonaData } from './data.ts'
import { dvrJaws } from './personas/dvr-jaws.ts'
import { ubuntu2204 } from './personas/ubuntu-22-04.ts'
import { windowsServer2016 } from './personas/windows-server-2016.ts'

export const roster: readonly PersonaData[] = [ubuntu2204, windowsServer2016, dvrJaws]
