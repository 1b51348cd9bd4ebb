import type { PersonaData } from '../data.ts'
import { hangsUp } from '../services/devices.ts'
import { linux4 } from '../stacks/linux.ts'

/** A small office's storage, reachable from outside by its router's port forwarding. */
export const synologyNas: PersonaData = {
  id: 'synology-nas',
  title: 'Synology DS218+ with DSM 6.2 and its file services',
  system: {
    family: 'linux',
    name: 'Synology DiskStation DS218+, DSM',
    version: 'DSM 6.2.3-25426 Update 2, Linux 4.4.59+',
    patched: false,
    era: [2020, 2026],
    source:
      'Synology "Release notes for DS218+": 6.2.3-25426, April 2020; Synology-SA-20:26 (CVE-2021-26560 to 26567, fixed in Update 3)',
  },
  device: 'storage',
  environments: ['home', 'office'],
  stack: {
    traits: linux4,
    source: 'rotation/stacks/linux.ts: kernel 4.4, confirmed with nmap (Linux 3.2 - 4.9)',
  },
  signature: '4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_7.4', accept: [], keyboardInteractive: false },
      source:
        'Synology "DSM 6.2 Terminal & SNMP": SSH for administrators alone; OpenSSH\'s version is assumed (the one before 6.2)',
    },
    139: {
      protocol: 'dialogue',
      settings: {
        rules: [{ starts: { hex: '81' }, say: { hex: '82000000' } }],
        closeOtherwise: true,
      },
      source: 'RFC 1002 4.3: smbd of Samba grants a session whatever name is called',
    },
    445: hangsUp(
      'Synology "What network ports are used by DSM services?": SMB at 139 and 445; smbd hangs up on what is no SMB',
    ),
    5000: {
      protocol: 'http',
      settings: { server: 'nginx', version: '', index: page() },
      source:
        'Synology "What network ports are used by DSM services?": DSM at 5000, served by nginx, which names no version; the title is the product and the host name; the text is ours',
    },
  },
  udp: {
    137: { protocol: 'netbios', source: 'RFC 1002 4.2: nmbd of Samba' },
    1900: {
      protocol: 'ssdp',
      source:
        'Synology "What network ports are used by DSM services?": UPnP search at 1900; without a server it is only heard: the answer of DSM names its own address',
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'NAS-####',
    source: 'a name as owners choose it; the default is DiskStation, which honeypots like to say',
  },
  vendor: {
    prefixes: ['00:11:32'],
    source: 'IEEE MA-L: Synology Incorporated',
  },
  uptime: {
    medianDays: 70,
    sigma: 0.9,
    source: 'assumed: storage restarts for updates of DSM',
  },
}

function page(): string {
  const styles = ['scripts/ext-3/resources/css/ext-all.css', 'resources/css/desktop.css']
  const scripts = [
    'scripts/prototype-1.7.2/prototype.js',
    'scripts/ext-3/ext-all.js',
    'dsmdesktop.js',
  ]
  return `<!DOCTYPE html>
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="robots" content="noindex,nofollow">
<meta name="application-name" content="Synology DiskStation">
<meta name="description" content="DiskStation provides a full-featured network attached storage (NAS) solution to help you manage, backup and share data among Windows, Mac and Linux easily.">
<meta name="keywords" content="Synology,DiskStation,NAS">
<title>Synology&nbsp;DiskStation</title>
<link rel="shortcut icon" href="webman/favicon.ico?v=25426">
${styles.map((file) => `<link rel="stylesheet" type="text/css" href="${file}?v=25426">`).join('\n')}
${scripts.map((file) => `<script type="text/javascript" src="${file}?v=25426"></script>`).join('\n')}
</head>
<body id="sds-login">
<noscript><div class="syno-no-script">JavaScript must be turned on to sign in to DSM.</div></noscript>
<div id="sds-login-dialog"></div>
</body>
</html>
`
}
