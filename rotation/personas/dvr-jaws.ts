import type { PersonaData } from '../data.ts'
import { linux3Embedded } from '../stacks/linux.ts'

/** A video recorder with the JAWS web server, telnet open as it left the factory. */
export const dvrJaws: PersonaData = {
  id: 'dvr-jaws',
  title: 'MVPower-like DVR with JAWS/1.0 and BusyBox telnetd',
  system: {
    family: 'linux',
    name: 'MVPower TV-7104HE',
    version: '1.8.4 115215B9, Linux 3.0.8',
    patched: false,
    era: [2013, 2026],
    source: 'CVE-2016-20016 and the advisory of Pen Test Partners, "Pwning CCTV cameras" (2016)',
  },
  device: 'recorder',
  environments: ['home', 'office'],
  stack: {
    traits: linux3Embedded,
    source:
      'rotation/stacks/linux.ts: an embedded 3.x kernel without timestamps, confirmed with nmap',
  },
  signature: '4:64+0:0:1460:mss*10,3:mss,nop,nop,sok,nop,ws:df:0',
  ports: {
    23: {
      protocol: 'telnet',
      source: 'the same advisory: telnet is open as it left the factory',
    },
    80: {
      protocol: 'http',
      settings: { server: 'jaws', version: '1.0' },
      source: 'the same advisory: "Server: JAWS/1.0"',
    },
    60001: {
      protocol: 'http',
      settings: { server: 'jaws', version: '1.0' },
      source: 'CVE-2016-20016: the shell is asked for at port 60001 too',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: { pattern: 'dvrdvs', source: 'the same advisory: the prompt of its shell' },
  vendor: {
    prefixes: ['c0:56:e3', '3c:ef:8c'],
    source: 'IEEE MA-L: Hangzhou Hikvision, Zhejiang Dahua',
  },
  uptime: {
    medianDays: 30,
    sigma: 1.2,
    source: 'assumed: recorders restart with the power',
  },
}
