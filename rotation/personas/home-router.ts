import type { PersonaData } from '../data.ts'
import { linux3Embedded } from '../stacks/linux.ts'

const NOT_FOUND =
  '<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD><BODY><H1>Not Found</H1>The requested URL was not found on this server.</BODY></HTML>\r\n'

/** A cheap router on Realtek's SDK: its UPnP and its console are open to the world. */
export const homeRouter: PersonaData = {
  id: 'home-router',
  title: 'TOTOLINK A3002RU with the services of the Realtek SDK',
  system: {
    family: 'linux',
    name: 'TOTOLINK A3002RU (Realtek RTL8197F)',
    version: '1.0.8, Linux 3.10.90',
    patched: false,
    era: [2017, 2026],
    source:
      'CVE-2018-13306 to 13317 (A3002RU 1.0.8), CVE-2019-19822 (Realtek SDK), CVE-2014-8361 (its UPnP); the kernel is assumed: that of the SDK for this chip',
  },
  device: 'router',
  environments: ['home'],
  stack: {
    traits: linux3Embedded,
    source:
      'rotation/stacks/linux.ts: an embedded 3.x kernel without timestamps, confirmed with nmap',
  },
  signature: '4:64+0:0:1460:mss*10,3:mss,nop,nop,sok,nop,ws:df:0',
  ports: {
    23: {
      protocol: 'telnet',
      settings: { architecture: 'mips' },
      source:
        "assumed: telnetd as the SDK starts it, a MIPS core; Mirai's published list has its passwords",
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'Boa/0.94.14rc21',
        index:
          '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n<title>TOTOLINK</title>\n</head>\n<body>\n<script>window.location.href = "/login.htm";</script>\n</body>\n</html>\n',
      },
      source:
        'CVE-2019-19822 and its write-up, "Realtek SDK based routers": Boa 0.94.14rc21; the text is ours',
    },
    7547: {
      protocol: 'http',
      settings: { server: 'gSOAP/2.7', realm: 'cpe@zioncom.com', digest: true },
      source:
        'TR-069 3.2.2: the connection request wants a password; as Digest; gSOAP 2.7 in the SDK; the realm is assumed',
    },
    52869: {
      protocol: 'http',
      settings: { server: 'miniupnpd/1.0 UPnP/1.0', index: NOT_FOUND },
      source: 'CVE-2014-8361: the SOAP service at 52869; Server as published with it',
    },
  },
  udp: {
    1900: {
      protocol: 'ssdp',
      settings: { server: 'OS 1.0 UPnP/1.0 Realtek/V1.3', location: ':52869/picsdesc.xml' },
      source:
        'UPnP Device Architecture 1.0, 1.2; miniigd of the SDK, as its published source names itself',
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'rlx-linux',
    source: 'the Realtek SDK: the host name of its images, and so of the prompt',
  },
  vendor: {
    prefixes: ['78:44:76', 'f4:28:53', '5c:92:5e', 'b8:55:10'],
    source: 'IEEE MA-L: Zioncom, the maker of TOTOLINK',
  },
  uptime: {
    medianDays: 21,
    sigma: 1.1,
    source: 'assumed: home routers restart with the power or by hand',
  },
}
