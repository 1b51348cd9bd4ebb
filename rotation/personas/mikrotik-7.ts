import type { PersonaData } from '../data.ts'
import { hangsUp } from '../services/devices.ts'
import { linux5 } from '../stacks/linux.ts'

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>RouterOS</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="/webfig/favicon.svg">
<script src="/webfig/boot.js" defer></script>
</head>
<body>
<noscript>WebFig needs JavaScript.</noscript>
<div id="app"></div>
</body>
</html>
`

/** The router of somebody who updates it and has turned off what he does not need. */
export const mikrotik7: PersonaData = {
  id: 'mikrotik-7',
  title: 'MikroTik RouterOS 7.18 with SSH, WebFig and Winbox',
  system: {
    family: 'linux',
    name: 'MikroTik RouterBOARD, RouterOS',
    version: '7.18.2 (stable), Linux 5.6.3',
    patched: true,
    era: [2022, 2028],
    source:
      'MikroTik changelog 7.18.2 (March 2025); "RouterOS v7": kernel 5.6.3; CVE-2023-30799 does not concern it',
  },
  device: 'router',
  environments: ['home', 'office', 'cloud'],
  stack: { traits: linux5, source: 'rotation/stacks/linux.ts: kernel 5.6.3, confirmed with nmap' },
  signature: '4:64+0:0:1460:mss*45,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-ROSSSH', accept: [], keyboardInteractive: false },
      source:
        'MikroTik RouterOS documentation, "SSH"; its console is no Unix shell, so nobody gets in',
    },
    80: {
      protocol: 'http',
      settings: { server: '', index: PAGE },
      source:
        'MikroTik RouterOS documentation, "WebFig": the page is a script; no Server header; the text is ours',
    },
    8291: hangsUp(
      'MikroTik RouterOS documentation, "Services": Winbox at 8291; what is no Winbox is hung up on',
    ),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'MikroTik',
    source: 'MikroTik RouterOS documentation, "Identity": the identity of every new router',
  },
  vendor: {
    prefixes: ['48:a9:8a', '18:fd:74', '2c:c8:1b', '48:8f:5a', 'dc:2c:6e'],
    source: 'IEEE MA-L: Routerboard.com',
  },
  uptime: {
    medianDays: 45,
    sigma: 0.9,
    source: 'assumed: restarted for an update every month or two',
  },
}
