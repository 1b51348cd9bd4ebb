import type { PersonaData } from '../load.ts'

/** A database server on Windows Server 2016 without its updates. */
export const windowsServer: PersonaData = {
  id: 'windows-server',
  title: 'Windows Server 2016 with IIS and SQL Server 2014',
  // Windows Server 2016: window 8192, scale 8, MSS,NOP,WS,SACK,TS, counting ID
  // (verified against nmap's "Windows Server 2016 build 10586 - 14393" with a test responder).
  traits: {
    ttl: 128,
    df: true,
    ipid: 'counter',
    mss: 1460,
    window: 8192,
    windowWithTimestamps: 8192,
    windowScale: 8,
    sack: true,
    timestampHz: 1000,
    layout: 'windows',
    ecn: true,
  },
  ports: {
    // IIS 10.0 ships with Windows Server 2016 (Microsoft Learn).
    80: { protocol: 'http', settings: { server: 'Microsoft-IIS/10.0' } },
    // SQL Server 2014 RTM is 12.0.2000.8 (Microsoft's build list).
    1433: { protocol: 'mssql', settings: { version: '12.0.2000.8' } },
  },
  closed: 'silent',
  reset: [113],
  // Windows Setup's own scheme: WIN- and eleven letters or digits.
  hostname: 'WIN-###########',
  // IEEE MA-L: VMware, Dell.
  vendor: ['00:50:56', '18:66:da'],
}
