import type { PersonaData } from '../data.ts'
import { linux4 } from '../stacks/linux.ts'

/** Of Android 7; a client that offers less takes no more anyway. */
const VERSION = 0x01000000
const MAX_DATA_BYTES = 256 * 1024
const BANNER =
  'device::ro.product.name=p281;ro.product.model=X96mini;ro.product.device=p281;features=cmd,shell_v2'

/** A cheap box whose maker left the debug bridge on, without a key. */
export const androidTv: PersonaData = {
  id: 'android-tv',
  title: 'X96mini television box, Android 7.1.2, with ADB open to the network',
  system: {
    family: 'linux',
    name: 'X96mini (Amlogic S905W)',
    version: 'Android 7.1.2, Linux 3.14.29',
    patched: false,
    era: [2017, 2026],
    source:
      "Android Open Source Project, platform 7.1.2; Amlogic's kernel 3.14.29 for it; ADB without a key at 5555: the botnets that spread by it since 2018 (ADB.Miner, Trinity, Fbot)",
  },
  device: 'media',
  environments: ['home'],
  stack: {
    traits: linux4,
    source:
      'rotation/stacks/linux.ts: kernel 3.14, confirmed with nmap (Linux 3.2 - 4.9). Android itself sets a larger first window',
  },
  signature: '4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    5555: {
      protocol: 'dialogue',
      settings: {
        rules: [
          { starts: 'CNXN', say: { hex: message('CNXN', VERSION, MAX_DATA_BYTES, BANNER) } },
          // A stream that is opened and ends at once: a command that printed nothing.
          {
            starts: 'OPEN',
            say: [...answer('OKAY'), ...answer('CLSE')],
          },
        ],
      },
      source:
        'AOSP system/core/adb/protocol.txt: CNXN, OPEN, OKAY, CLSE; no serial number in the banner, as in Android 7; the names are those of the Amlogic reference board',
    },
    7000: {
      protocol: 'http',
      settings: { server: 'AirTunes/220.68', index: '' },
      source:
        'assumed: the AirPlay receiver that such boxes have on board, with the Server of an Apple TV',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'android-$$$$$$$$$$$$$$$$',
    source: 'Android Open Source Project, up to 7.1: net.hostname is android- and ANDROID_ID',
  },
  vendor: {
    prefixes: ['1c:a4:10', 'c4:4e:ac'],
    source: 'IEEE MA-L: Amlogic, Shenzhen Shiningworth',
  },
  uptime: {
    medianDays: 4,
    sigma: 1.2,
    source: 'assumed: such boxes are pulled out and hang often',
  },
}

/** About our stream 1, to the visitor's stream, which OPEN names in its second word. */
function answer(command: string) {
  const hex = message(command, 1, 0)
  return [{ hex: hex.slice(0, 16) }, { echo: { at: 4, bytes: 4 } }, { hex: hex.slice(24) }]
}

/** Six little-endian words and the data, in hexadecimal; the fifth is the sum of the data's bytes, the sixth the command's complement. */
function message(command: string, first: number, second: number, data = ''): string {
  const payload = Buffer.from(data, 'latin1')
  const head = Buffer.alloc(24)
  head.write(command, 'latin1')
  head.writeUInt32LE(first, 4)
  head.writeUInt32LE(second, 8)
  head.writeUInt32LE(payload.length, 12)
  head.writeUInt32LE(
    payload.reduce((sum, byte) => sum + byte, 0),
    16,
  )
  head.writeUInt32LE((head.readUInt32LE(0) ^ 0xffffffff) >>> 0, 20)
  return Buffer.concat([head, payload]).toString('hex')
}
