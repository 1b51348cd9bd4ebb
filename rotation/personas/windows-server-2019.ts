import type { PersonaData } from '../data.ts'
import { httpApi, iis, msrpc, rdp, smb } from '../services/windows.ts'
import { windows10 } from '../stacks/windows.ts'

/** A rented web server on Windows Server 2019, some years behind with its updates. */
export const windowsServer2019: PersonaData = {
  id: 'windows-server-2019',
  title: 'Windows Server 2019 as it was installed, IIS 10 and remote desktop',
  system: {
    family: 'windows',
    name: 'Windows Server 2019 Standard',
    version: '1809, build 17763.737',
    patched: false,
    era: [2019, 2029],
    source:
      'Microsoft Learn, "Windows Server release information": 17763.737 is September 2019, the refreshed installation media',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: windows10,
    source: 'rotation/stacks/windows.ts: Windows 10 since 1709 and Server 2019',
  },
  signature: '4:128+0:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0',
  ports: {
    80: iis('10.0'),
    135: msrpc,
    445: smb,
    3389: rdp(0x1f, { nla: true, hybridEx: true }),
    5985: httpApi('"Installation and configuration for Windows Remote Management": HTTP port 5985'),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'WIN-###########',
    source: "Windows Setup's own scheme: WIN- and eleven letters or digits",
  },
  vendor: {
    prefixes: ['52:54:00', '00:15:5d', '00:50:56'],
    source: 'QEMU/KVM documentation; IEEE MA-L: Microsoft (Hyper-V), VMware',
  },
  uptime: {
    medianDays: 50,
    sigma: 0.9,
    source: 'assumed: rented servers that miss their updates run for months',
  },
}
