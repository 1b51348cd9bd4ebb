import type { PersonaData } from '../data.ts'
import { httpApi, msrpc, netbiosSession, rdp, smb } from '../services/windows.ts'
import { windows7 as windows7Stack } from '../stacks/windows.ts'

/** A desktop with Windows 7 that shares files, SP1 without updates. */
export const windows7: PersonaData = {
  id: 'windows-7',
  title: 'Windows 7 Professional SP1 without updates, sharing files and its desktop',
  system: {
    family: 'windows',
    name: 'Windows 7 Professional',
    version: '6.1, build 7601.17514 (SP1)',
    patched: false,
    era: [2010, 2026],
    source: 'Microsoft Learn, "Windows 7 lifecycle"; SP1 is build 7601.17514',
  },
  device: 'desktop',
  environments: ['home', 'office'],
  stack: {
    traits: windows7Stack,
    source: 'rotation/stacks/windows.ts: Windows 7 and Server 2008 R2, confirmed with nmap',
  },
  signature: '4:128+0:0:1460:8192,8:mss,nop,ws,sok,ts:df,id+:0',
  ports: {
    135: msrpc,
    139: netbiosSession,
    445: smb,
    // Restricted admin came with the update of security advisory 2871997, which is missing here.
    3389: rdp(0x01, { nla: false, hybridEx: false }),
    5357: httpApi('"Web Services on Devices": WSDAPI listens at 5357', 503),
  },
  udp: {
    137: { protocol: 'netbios', source: 'RFC 1002 4.2: NetBIOS name service, on by default' },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'OFFICE%%-PC',
    source: "Windows 7 Setup proposes the user's name and -PC",
  },
  vendor: {
    prefixes: ['d4:be:d9', '3c:d9:2b', '00:25:64'],
    source: 'IEEE MA-L: Dell, Hewlett Packard, Dell',
  },
  uptime: {
    medianDays: 6,
    sigma: 1.1,
    source: 'assumed: a desktop that sleeps at night and restarts now and then',
  },
}
