import type { PersonaData } from '../data.ts'
import { iis, msrpc, netbiosSession, rdp, smb } from '../services/windows.ts'
import { windows7 } from '../stacks/windows.ts'

/** A forgotten web server on Windows Server 2008 R2, SP1 and nothing after it. */
export const windowsServer2008R2: PersonaData = {
  id: 'windows-server-2008-r2',
  title: 'Windows Server 2008 R2 SP1 without updates, IIS 7.5 and remote desktop',
  system: {
    family: 'windows',
    name: 'Windows Server 2008 R2 Standard',
    version: '6.1, build 7601.17514 (SP1)',
    patched: false,
    era: [2011, 2027],
    source: 'Microsoft Learn, "Windows Server 2008 R2 lifecycle"; SP1 is build 7601.17514',
  },
  device: 'server',
  environments: ['office', 'cloud'],
  stack: {
    traits: windows7,
    source: 'rotation/stacks/windows.ts: Windows 7 and Server 2008 R2, confirmed with nmap',
  },
  signature: '4:128+0:0:1460:8192,8:mss,nop,ws,sok,ts:df,id+:0',
  ports: {
    80: iis('7.5'),
    135: msrpc,
    139: netbiosSession,
    445: smb,
    // Restricted admin came with the update of security advisory 2871997, which is missing here.
    3389: rdp(0x01, { nla: false, hybridEx: false }),
  },
  udp: {
    137: { protocol: 'netbios', source: 'RFC 1002 4.2: NetBIOS name service, on by default' },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'WIN-###########',
    source: "Windows Setup's own scheme: WIN- and eleven letters or digits",
  },
  vendor: {
    prefixes: ['00:50:56', '00:0c:29', 'd4:be:d9', '3c:d9:2b'],
    source: 'IEEE MA-L: VMware, VMware, Dell, Hewlett Packard',
  },
  uptime: {
    medianDays: 90,
    sigma: 1,
    source: 'assumed: a server that takes no updates restarts with the power',
  },
}
