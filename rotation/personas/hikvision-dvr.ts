import type { PersonaData } from '../data.ts'
import { hangsUp, rtsp } from '../services/devices.ts'
import { linux3Surveillance } from '../stacks/linux.ts'

/** A video recorder as installers leave it: forwarded ports, firmware of its first day. */
export const hikvisionDvr: PersonaData = {
  id: 'hikvision-dvr',
  title: 'Hikvision DS-7208HQHI recorder with old firmware',
  system: {
    family: 'linux',
    name: 'Hikvision DS-7208HQHI-F1/N',
    version: 'V3.4.84 build 170417, Linux 3.10',
    patched: false,
    era: [2015, 2026],
    source:
      'Hikvision security notification HSRC-202109-01 (CVE-2021-36260: builds before 210628); the build is assumed, one of 2017',
  },
  device: 'recorder',
  environments: ['home', 'office'],
  stack: {
    traits: linux3Surveillance,
    source: 'rotation/stacks/linux.ts: confirmed with nmap (rebranded surveillance DVR)',
  },
  signature: '4:64+0:0:1460:mss*10,3:mss,nop,nop,sok,nop,ws:df:0',
  ports: {
    80: {
      protocol: 'http',
      settings: {
        server: 'App-webs/',
        index:
          '<!doctype html>\r\n<html>\r\n<head>\r\n\t<title>index</title>\r\n\t<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\r\n\t<meta http-equiv="Pragma" content="no-cache" />\r\n\t<meta http-equiv="Expires" content="0" />\r\n</head>\r\n<body>\r\n</body>\r\n<script>\r\n\twindow.location.href = "/doc/page/login.asp?_" + Math.random();\r\n</script>\r\n</html>\r\n',
      },
      source:
        'Hikvision "DVR User Manual": web access at port 80, which leads to /doc/page/login.asp; Server as the advisories for CVE-2017-7921 and CVE-2021-36260 name it',
    },
    554: rtsp({
      headers: [],
      methods: 'OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER',
      realm: '/',
      source:
        'RFC 2326; Hikvision "RTSP authentication": Basic was the default before 2018, with the realm /',
    }),
    8000: hangsUp(
      'Hikvision "DVR User Manual": server port 8000; "Device Network SDK": binary, it hangs up on what is none of its commands',
    ),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: '',
    source: 'Hikvision "DVR User Manual": a recorder asks for its address without a host name',
  },
  vendor: {
    prefixes: ['c0:56:e3', '44:19:b6', 'a4:14:37', 'bc:ad:28', '4c:bd:8f', '28:57:be'],
    source: 'IEEE MA-L: Hangzhou Hikvision Digital Technology',
  },
  uptime: {
    medianDays: 40,
    sigma: 1.2,
    source: 'assumed: recorders restart with the power',
  },
}
