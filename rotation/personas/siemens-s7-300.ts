import type { PersonaData } from '../data.ts'
import { isoOnTcp } from '../services/s7.ts'
import { s7 } from '../stacks/appliances.ts'

/** The controller of a machine, its web page turned on by whoever commissioned it. */
export const siemensS7300: PersonaData = {
  id: 'siemens-s7-300',
  title: 'Siemens S7-300, CPU 314C-2 PN/DP',
  system: {
    family: 'plc',
    name: 'Siemens SIMATIC S7-300 CPU 314C-2 PN/DP (6ES7 314-6EH04-0AB0)',
    version: 'firmware V3.3.10',
    patched: false,
    era: [2011, 2028],
    source:
      'Siemens "S7-300 CPU 31xC and CPU 31x: Technical specifications" (A5E00105475); SSA-306710 (CVE-2018-16561: firmware below V3.3.16), SSA-731239 (CVE-2016-9158)',
  },
  device: 'controller',
  environments: ['industrial'],
  stack: { traits: s7, source: 'rotation/stacks/appliances.ts: read, not confirmed' },
  signature: '4:128+0:0:1460:2048,0:mss::0',
  ports: {
    80: {
      protocol: 'http',
      settings: {
        server: '',
        index:
          '<html>\r\n<head>\r\n<meta http-equiv="refresh" content="0; URL=/Portal0000.htm">\r\n<title>SIMATIC 300</title>\r\n<link rel="stylesheet" type="text/css" href="/S7Web.css">\r\n</head>\r\n<body></body>\r\n</html>\r\n',
      },
      source:
        'Siemens "S7-300 CPU 31xC and CPU 31x: Technical specifications", "Web server": port 80, start page /Portal0000.htm; no Server header; the text is ours',
    },
    102: isoOnTcp(
      {
        order: '6ES7 314-6EH04-0AB0',
        hardware: 4,
        firmware: [3, 3, 10],
        type: 'CPU 314C-2 PN/DP',
        station: 'SIMATIC 300(1)',
      },
      'Siemens "System Software for S7-300/400: System and Standard Functions" (A5E00739858), 33.5 and 33.11: module and component identification; order number and firmware from the CPU\'s manual',
    ),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'C-C%PM%%%%%%%%',
    source:
      "Siemens (A5E00739858) 33.11: no host name but the CPU's serial number, which a machine has of its own; its scheme is assumed",
  },
  vendor: {
    prefixes: ['28:63:36', '00:1b:1b', '00:0e:8c'],
    source: 'IEEE MA-L: Siemens AG',
  },
  uptime: {
    medianDays: 150,
    sigma: 1,
    source: 'assumed: a machine stops for its yearly overhaul and when the power fails',
  },
}
