import type { PersonaData } from '../data.ts'
import { ftp } from '../services/devices.ts'
import { linux3Embedded } from '../stacks/linux.ts'

const MODEL = 'Dell B2360dn Laser Printer'
const STATUS = 'CODE=10001\r\nDISPLAY="Ready"\r\nONLINE=TRUE\r\n'
/** PJL: what is asked is repeated, a form feed ends the answer. */
const pjl = (asked: string, answer: string) => ({
  starts: asked,
  say: `${asked.slice(asked.indexOf('@PJL'))}\r\n${answer}\f`,
})
/** "Universal exit language": how most programs begin. */
const UEL = '\x1b%-12345X'

/** An office printer that somebody gave a public address. */
export const printer: PersonaData = {
  id: 'printer',
  title: 'Dell B2360dn (made by Lexmark) with raw printing, LPD, IPP and FTP',
  system: {
    family: 'linux',
    name: MODEL,
    version: 'network firmware NH41.CY.N454, Linux 3.0.0',
    patched: false,
    era: [2012, 2026],
    source:
      'Dell "B2360d and B2360dn Mono Laser Printers User\'s Guide" (2012); the network firmware as published test data of Internet scans shows it in the FTP greeting; the kernel is in its sysDescr',
  },
  device: 'printer',
  environments: ['office', 'home'],
  stack: {
    traits: linux3Embedded,
    source:
      'rotation/stacks/linux.ts: an embedded 3.x kernel without timestamps, confirmed with nmap; that it sends none is assumed',
  },
  signature: '4:64+0:0:1460:mss*10,3:mss,nop,nop,sok,nop,ws:df:0',
  ports: {
    21: ftp({
      greeting: [{ hostname: 'upper' }, ` ${MODEL} FTP Server NH41.CY.N454 ready.`],
      askPassword: 'Password required.',
      refused: 'Login incorrect.',
      goodbye: 'Goodbye.',
      otherwise: '530 Please login with USER and PASS.',
      source:
        'published test data of Internet scans: greeting of this model; the other answers are assumed (RFC 959 4.2)',
    }),
    79: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        otherwise: `\r\nIntegrated port\r\nPrinter Type: ${MODEL}\r\nPrint Job Status: No Job Currently Active\r\nPrinter Status: 0 Ready\r\n`,
        closeOtherwise: true,
      },
      source: 'RFC 1288; Lexmark "Networking Guide": finger tells the state of the printer',
    },
    80: {
      protocol: 'http',
      settings: { server: '', index: page() },
      source: `Dell "${MODEL} User's Guide", "Using the Embedded Web Server"; no Server header; the text is ours`,
    },
    515: {
      protocol: 'dialogue',
      settings: {
        rules: [
          { starts: '\x02', say: '\0' },
          { starts: '\x03', say: `${MODEL} is ready\nno entries\n`, close: true },
          { starts: '\x04', say: `${MODEL} is ready\nno entries\n`, close: true },
        ],
        closeOtherwise: true,
      },
      source: 'RFC 1179 5: receive a job, short and long queue state; their text is free',
    },
    631: {
      protocol: 'http',
      settings: {
        server: '',
        index:
          '<html><head><title>IPP</title></head><body>Internet Printing Protocol</body></html>\n',
      },
      source: 'RFC 8010 4: IPP is HTTP at port 631; no Server header; the text is ours',
    },
    9100: {
      protocol: 'dialogue',
      settings: {
        rules: ['', UEL].flatMap((lead) => [
          pjl(`${lead}@PJL INFO ID`, `"${MODEL}"\r\n`),
          pjl(`${lead}@PJL INFO STATUS`, STATUS),
          pjl(`${lead}@PJL USTATUS DEVICE`, STATUS),
        ]),
      },
      source:
        'HP "Printer Job Language Technical Reference Manual" (5021-0380), "Status readback commands"; anything else is printed without an answer',
    },
  },
  udp: {
    161: {
      protocol: 'snmp',
      settings: { description: `${MODEL} version NH41.CY.N454 kernel 3.0.0 All-N-1` },
      source: `Dell "${MODEL} User's Guide": SNMP v1 and v2c, community public; sysDescr as published inventories show it for this model`,
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'ET0021B7$$$$$$',
    source: 'Lexmark "Networking Guide": ET and the hardware address',
  },
  vendor: {
    prefixes: ['00:21:b7'],
    source: 'IEEE MA-L: Lexmark International',
  },
  uptime: {
    medianDays: 20,
    sigma: 1.1,
    source: 'assumed: office printers are turned off now and then',
  },
}

function page(): string {
  return `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Frameset//EN">
<html>
<head>
<title>${MODEL}</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
</head>
<frameset rows="90,*" border="0">
<frame name="top" src="/cgi-bin/dynamic/topbar.html" scrolling="no">
<frameset cols="190,*">
<frame name="navigation" src="/cgi-bin/dynamic/leftnav.html">
<frame name="main" src="/cgi-bin/dynamic/printer/PrinterStatus.html">
</frameset>
<noframes><body><a href="/cgi-bin/dynamic/printer/PrinterStatus.html">Printer status</a></body></noframes>
</frameset>
</html>
`
}
