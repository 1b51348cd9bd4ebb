import type { PersonaData } from '../data.ts'
import { iis, rdp } from '../services/windows.ts'
import { windows10 } from '../stacks/windows.ts'

/** A web server on Windows Server 2022 that is looked after: updates, SMB and RPC behind the firewall. */
export const windowsServer2022: PersonaData = {
  id: 'windows-server-2022',
  title: 'Windows Server 2022 with its updates, IIS 10 and remote desktop',
  system: {
    family: 'windows',
    name: 'Windows Server 2022 Datacenter',
    version: '21H2, build 20348.2762',
    patched: true,
    era: [2021, 2031],
    source:
      'Microsoft Learn, "Windows Server release information": KB5044281 of October 2024 is build 20348.2762',
  },
  device: 'server',
  environments: ['cloud', 'office'],
  stack: {
    traits: windows10,
    source: 'rotation/stacks/windows.ts: Windows 10 since 1709, Server 2019 and 2022',
  },
  signature: '4:128+0:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0',
  ports: {
    21: {
      protocol: 'dialogue',
      settings: {
        lines: true,
        greeting: '220 Microsoft FTP Service\r\n',
        rules: [
          {
            starts: 'USER anonymous',
            credential: 'user',
            say: '331 Anonymous access allowed, send identity (e-mail name) as password.\r\n',
          },
          { starts: 'USER ', credential: 'user', say: '331 Password required\r\n' },
          { starts: 'PASS ', credential: 'password', say: '530 User cannot log in.\r\n' },
          { starts: 'SYST', say: '215 Windows_NT\r\n' },
          { starts: 'NOOP', say: '200 noop command successful.\r\n' },
          {
            starts: 'OPTS UTF8 ON',
            say: '200 OPTS UTF8 command successful - UTF8 encoding now ON.\r\n',
          },
          {
            starts: 'FEAT',
            say: '211-Extended features supported:\r\n LANG EN*\r\n UTF8\r\n AUTH TLS;TLS-C;SSL;TLS-P;\r\n PBSZ\r\n PROT C;P;\r\n CCC\r\n HOST\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n211 END\r\n',
          },
          {
            starts: 'AUTH ',
            say: '534 Local policy on server does not allow TLS secure connections.\r\n',
          },
          ...['LIST', 'NLST', 'PASV', 'EPSV', 'PORT', 'PWD', 'CWD', 'RETR', 'STOR', 'TYPE'].map(
            (starts) => ({ starts, say: '530 Please login with USER and PASS.\r\n' }),
          ),
          { starts: 'QUIT', say: '221 Goodbye.\r\n', close: true },
        ],
        otherwise: '500 Command not understood.\r\n',
      },
      source: 'Microsoft Learn, "The FTP status codes in IIS 7.0 and later versions"; RFC 959 4.2',
    },
    80: iis('10.0'),
    3389: rdp(0x1f, { nla: true, hybridEx: true }),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'WIN-###########',
    source: "Windows Setup's own scheme: WIN- and eleven letters or digits",
  },
  vendor: {
    prefixes: ['00:50:56', '00:15:5d', '52:54:00'],
    source: 'IEEE MA-L: VMware, Microsoft (Hyper-V); QEMU/KVM documentation',
  },
  uptime: {
    medianDays: 14,
    sigma: 0.6,
    source: 'assumed: a restart for the updates of each month',
  },
}
