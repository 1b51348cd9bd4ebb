import type { PersonaData } from '../data.ts'
import { httpApi, iis, msrpc, netbiosSession, rdp, smb } from '../services/windows.ts'
import { windows8 } from '../stacks/windows.ts'

/** The domain controller of a small office, on Windows Server 2012 R2. */
export const windowsServer2012R2: PersonaData = {
  id: 'windows-server-2012-r2',
  title: 'Windows Server 2012 R2 as domain controller and web server',
  system: {
    family: 'windows',
    name: 'Windows Server 2012 R2 Standard',
    version: '6.3, build 9600',
    patched: false,
    era: [2014, 2027],
    source: 'Microsoft Learn, "Windows Server 2012 R2 lifecycle": no updates since October 2023',
  },
  device: 'server',
  environments: ['office'],
  stack: {
    traits: windows8,
    source: 'rotation/stacks/windows.ts: Windows 8.1 and Server 2012 R2, confirmed with nmap',
  },
  signature: '4:128+0:0:1460:8192,8:mss,nop,ws,sok,ts:df,id+:0',
  ports: {
    53: {
      protocol: 'dialogue',
      settings: { closeOtherwise: true },
      source: 'Microsoft Learn, "Service overview and network port requirements": DNS server',
    },
    80: iis('8.5'),
    88: {
      protocol: 'dialogue',
      settings: { closeOtherwise: true },
      source: 'Microsoft Learn, "Service overview and network port requirements": Kerberos',
    },
    135: msrpc,
    139: netbiosSession,
    389: {
      protocol: 'dialogue',
      settings: {
        // BindRequest 1, version 3 or 2, anonymous and simple → BindResponse, success, lengths in four bytes.
        rules: ['03', '02'].map((version) => ({
          starts: { hex: `300c02010160070201${version}04008000` },
          say: { hex: '3084000000100201016184000000070a010004000400' },
        })),
        closeOtherwise: true,
      },
      source:
        'Microsoft Learn, "Service overview and network port requirements": LDAP; RFC 4511 4.2',
    },
    445: smb,
    3389: rdp(0x0f, { nla: true, hybridEx: true }),
    5985: httpApi('"Installation and configuration for Windows Remote Management": HTTP port 5985'),
  },
  udp: {
    53: {
      protocol: 'dns',
      settings: { chaos: 'notimp' },
      source: 'Microsoft Learn, "DNS overview": a domain controller answers',
    },
    123: { protocol: 'ntp', source: 'Microsoft Learn, "Windows Time service": domain controllers' },
    137: { protocol: 'netbios', source: 'RFC 1002 4.2: NetBIOS name service, on by default' },
    389: { protocol: 'cldap', source: '[MS-ADTS] 6.3.3: LDAP ping over UDP' },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'WIN-###########',
    source: "Windows Setup's own scheme: WIN- and eleven letters or digits",
  },
  vendor: {
    prefixes: ['00:15:5d', '00:50:56', 'b8:ca:3a'],
    source: 'IEEE MA-L: Microsoft (Hyper-V), VMware, Dell',
  },
  uptime: {
    medianDays: 60,
    sigma: 0.9,
    source: 'assumed: no monthly updates to restart for any more',
  },
}
