import type { PersonaData } from '../data.ts'
import { ftp, hangsUp } from '../services/devices.ts'
import { routerOs6 } from '../stacks/linux.ts'

const VERSION = '6.45.6'
/** telnetd: go-ahead and status, echo, window size and flow control; then the first prompt. */
const LOGIN = [
  { hex: 'fffb03fffd01fffd1ffffb05fffd21fffe01fffb01' },
  `\r\nMikroTik v${VERSION} (stable)\r\nLogin: `,
]

/** A small router with every service of RouterOS on, as it is delivered. */
export const mikrotik6: PersonaData = {
  id: 'mikrotik-6',
  title: 'MikroTik RouterOS 6.45.6 with all its services open',
  system: {
    family: 'linux',
    name: 'MikroTik RouterBOARD, RouterOS',
    version: `${VERSION} (stable), Linux 3.3.5`,
    patched: false,
    era: [2019, 2026],
    source:
      'MikroTik changelog 6.45.6 (September 2019); CVE-2019-3976 to 3979 (fixed in 6.45.7) and CVE-2023-30799 (fixed in 6.49.7)',
  },
  device: 'router',
  environments: ['home', 'office'],
  stack: {
    traits: routerOs6,
    source: 'rotation/stacks/linux.ts: confirmed with nmap (RouterOS 6.36)',
  },
  signature: '4:64+0:0:1440:mss*10,4:mss,sok,ts,nop,ws:df:0',
  ports: {
    21: ftp({
      greeting: [`MikroTik FTP server (MikroTik ${VERSION}) ready`],
      askPassword: 'Password required',
      refused: 'Login incorrect',
      goodbye: 'Closing',
      otherwise: '500 command not understood',
      system: `UNIX MikroTik ${VERSION}`,
      source: 'MikroTik "Manual:FTP server", which shows the greeting; RFC 959 4.2',
    }),
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-ROSSSH', accept: [], keyboardInteractive: false },
      source:
        'MikroTik "Manual:IP/SSH"; the identification as RouterOS 6 sends it; its console is no Unix shell, so nobody gets in',
    },
    23: {
      protocol: 'dialogue',
      settings: {
        greeting: { hex: 'fffd18fffd20fffd23fffd27' },
        rules: [
          // The answer about the terminal's type, which telnetd waits for; other answers say nothing.
          { when: 'start', starts: { hex: 'fffb18' }, say: LOGIN, next: 'login' },
          { when: 'start', starts: { hex: 'fffc18' }, say: LOGIN, next: 'login' },
          { when: 'start', starts: { hex: 'ff' } },
          { when: 'login', credential: 'user', say: 'Password: ', next: 'password' },
          {
            when: 'password',
            credential: 'password',
            say: 'Login failed, incorrect username or password\r\n\r\nLogin: ',
            next: 'login',
          },
        ],
        terminal: ['login', 'password'],
      },
      source:
        'RFC 854, 1091, 1079, 1096, 1572, 859, 1372; MikroTik "Manual:Console login process": version, then Login and Password',
    },
    80: {
      protocol: 'http',
      settings: { server: '', index: page() },
      source:
        'MikroTik "Manual:Webfig": the first page is titled "RouterOS router configuration page"; no Server header; the text is ours',
    },
    2000: {
      protocol: 'dialogue',
      settings: { greeting: { hex: '01000000' }, otherwise: { hex: '03000000' } },
      source:
        'MikroTik "Manual:Tools/Bandwidth Test": port 2000, authentication is wanted by default; the words 01 (hello) and 03 (EC-SRP5, since 6.43) as published btest clients expect them',
    },
    8291: hangsUp('MikroTik "Manual:IP/Services": Winbox at 8291; what is no Winbox is hung up on'),
    8728: {
      protocol: 'dialogue',
      settings: {
        rules: [
          {
            starts: '\x06/login',
            say:
              sentence('!trap', '=message=invalid user name or password (6)') + sentence('!done'),
          },
        ],
        otherwise: sentence('!fatal', 'not logged in'),
        closeOtherwise: true,
      },
      source: 'MikroTik "Manual:API": sentences, login since 6.43, !trap, !fatal',
    },
  },
  udp: {
    53: {
      protocol: 'dns',
      settings: { rcode: 'servfail', recursion: true, payload: 4096 },
      source:
        'MikroTik "Manual:IP/DNS": a cache that answers others with allow-remote-requests; max-udp-packet-size is 4096; SERVFAIL while it reaches no server',
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'MikroTik',
    source: 'MikroTik "Manual:System/identity": the identity of every new router',
  },
  vendor: {
    prefixes: ['4c:5e:0c', '64:d1:54', '6c:3b:6b', 'b8:69:f4', 'cc:2d:e0', 'e4:8d:8c'],
    source: 'IEEE MA-L: Routerboard.com',
  },
  uptime: {
    medianDays: 60,
    sigma: 1.1,
    source: 'assumed: small routers restart with the power',
  },
}

/** API words are counted in one byte up to 127 bytes; a word of no length ends the sentence. */
function sentence(...words: string[]): string {
  return `${words.map((word) => String.fromCharCode(word.length) + word).join('')}\0`
}

function page(): string {
  return `<!DOCTYPE html>
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>RouterOS router configuration page</title>
<link rel="shortcut icon" href="/favicon.png">
</head>
<body>
<div class="top">
<a href="http://mikrotik.com"><img src="mikrotik_logo.png" alt="MikroTik"></a>
<h1>RouterOS v${VERSION}</h1>
</div>
<p>You have connected to a router. Administrative access only. If this device is not in your possession, please contact your local network administrator.</p>
<form name="login" action="/webfig/" method="post">
<h2>WebFig Login:</h2>
<table>
<tr><td>Login:</td><td><input id="name" name="name" type="text" value="admin"></td></tr>
<tr><td>Password:</td><td><input id="password" name="password" type="password"></td></tr>
<tr><td></td><td><input type="submit" value="Login"></td></tr>
</table>
</form>
<ul>
<li><a href="/winbox/winbox.exe">Winbox</a></li>
<li><a href="telnet:/">Telnet</a></li>
<li><a href="/graphs/">Graphs</a></li>
<li><a href="/help/license.html">License</a></li>
<li><a href="http://wiki.mikrotik.com/">Help</a></li>
</ul>
</body>
</html>
`
}
