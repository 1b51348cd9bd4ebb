import type { PersonaData } from '../data.ts'
import { windows2016 } from '../stacks/windows.ts'

/** A database server on Windows Server 2016 without its updates. */
export const windowsServer2016: PersonaData = {
  id: 'windows-server-2016',
  title: 'Windows Server 2016 with IIS and SQL Server 2014',
  system: {
    family: 'windows',
    name: 'Windows Server 2016 Standard',
    version: '1607, build 14393.0',
    patched: false,
    era: [2016, 2027],
    source: 'Microsoft Learn, "Windows Server release information"',
  },
  device: 'server',
  environments: ['office', 'cloud'],
  stack: {
    traits: windows2016,
    source: 'rotation/stacks/windows.ts: confirmed with nmap ("build 10586 - 14393")',
  },
  signature: '4:128+0:0:1460:8192,8:mss,nop,ws,sok,ts:df,id+:0',
  ports: {
    80: {
      protocol: 'http',
      settings: { server: 'Microsoft-IIS/10.0' },
      source: 'Microsoft Learn, "IIS versions": IIS 10.0 ships with Windows Server 2016',
    },
    1433: {
      protocol: 'mssql',
      settings: { version: '12.0.2000.8' },
      source: "Microsoft's build list of SQL Server 2014: RTM is 12.0.2000.8",
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'WIN-###########',
    source: "Windows Setup's own scheme: WIN- and eleven letters or digits",
  },
  vendor: {
    prefixes: ['00:50:56', '18:66:da'],
    source: 'IEEE MA-L: VMware, Dell',
  },
  uptime: {
    medianDays: 45,
    sigma: 0.9,
    source: 'assumed: servers that miss their updates run for months',
  },
}
