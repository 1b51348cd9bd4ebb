import type { PersonaData } from '../data.ts'
import { httpApi, msrpc, netbiosSession, rdp, smb } from '../services/windows.ts'
import { windows10 as windows10Stack } from '../stacks/windows.ts'

/** A desktop with Windows 10 that shares files and has all its updates. */
export const windows10: PersonaData = {
  id: 'windows-10',
  title: 'Windows 10 Pro 22H2 with its updates, sharing files and its desktop',
  system: {
    family: 'windows',
    name: 'Windows 10 Pro',
    version: '22H2, build 19045.5011',
    patched: true,
    era: [2022, 2027],
    source:
      'Microsoft Learn, "Windows 10 release information": KB5044273 of October 2024 is build 19045.5011',
  },
  device: 'desktop',
  environments: ['home', 'office'],
  stack: {
    traits: windows10Stack,
    source: 'rotation/stacks/windows.ts: Windows 10 since 1709, confirmed with nmap',
  },
  signature: '4:128+0:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0',
  ports: {
    135: msrpc,
    139: netbiosSession,
    445: smb,
    3389: rdp(0x1f, { nla: true, hybridEx: true }),
    5357: httpApi('"Web Services on Devices": WSDAPI listens at 5357', 503),
  },
  udp: {
    137: { protocol: 'netbios', source: 'RFC 1002 4.2: NetBIOS name service, on by default' },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'DESKTOP-#######',
    source: "Windows Setup's own scheme since Windows 10: DESKTOP- and seven letters or digits",
  },
  vendor: {
    prefixes: ['18:66:da', 'd4:be:d9', '3c:d9:2b'],
    source: 'IEEE MA-L: Dell, Dell, Hewlett Packard',
  },
  uptime: {
    medianDays: 5,
    sigma: 0.8,
    source: 'assumed: fast start keeps the clock over shutdowns, updates restart it each month',
  },
}
