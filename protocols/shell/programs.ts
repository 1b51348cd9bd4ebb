/** Which programs a machine has. */
import type { Applet } from './applet.ts'
import { FILE_APPLETS } from './file-applets.ts'
import type { Machine } from './machine.ts'
import { NETWORK_APPLETS, SERVER_NETWORK_APPLETS } from './network-applets.ts'
import { SERVER_APPLETS, SYSTEM_APPLETS } from './system-applets.ts'
import { TEXT_APPLETS } from './text-applets.ts'

export function programs(machine: Machine): Readonly<Record<string, Applet>> {
  const common = { ...FILE_APPLETS, ...TEXT_APPLETS, ...SYSTEM_APPLETS }
  if (machine.kind === 'device') return { ...common, ...NETWORK_APPLETS }
  return { ...common, ...SERVER_NETWORK_APPLETS, ...SERVER_APPLETS }
}
