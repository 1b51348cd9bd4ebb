/** The machines that the sensor is at this moment, by address. */

import { Host } from './host.ts'
import type { World } from './world.ts'

export class Hosts {
  readonly #world: World
  readonly #mac: Uint8Array | undefined
  readonly #hosts = new Map<number, Host>()

  /** `mac`: what every host answers as; undefined: each as its persona. */
  constructor(world: World, mac: Uint8Array | undefined) {
    this.#world = world
    this.#mac = mac
  }

  /** Who answers at this address; undefined: not ours. Of IPv6 `address` is its name, `words` the address. `now`: the stack's time. */
  at(address: number, now: number, words?: Int32Array): Host | undefined {
    const known = this.#hosts.get(address)
    const persona = this.#world.persona(address)
    if (known !== undefined && known.persona === persona) return known
    if (persona === undefined) {
      if (known !== undefined) this.#hosts.delete(address)
      return undefined
    }
    const mac = this.#mac ?? persona.mac
    const given = words ?? known?.words
    const own = given === undefined ? undefined : Int32Array.from(given)
    const host = new Host(address, own, persona, mac, now, known)
    this.#hosts.set(address, host)
    return host
  }

  each(visit: (host: Host) => void): void {
    for (const host of this.#hosts.values()) visit(host)
  }
}
