import type { PersonaData } from '../data.ts'
import { linuxRhel7 } from '../stacks/linux.ts'

/** A small office's telephone exchange, installed from FreePBX's own distribution. */
export const asteriskPbx: PersonaData = {
  id: 'asterisk-pbx',
  title: 'FreePBX 14 with Asterisk 13 on CentOS 7',
  system: {
    family: 'linux',
    name: 'FreePBX Distro (Sangoma Linux 7)',
    version: 'FreePBX 14, Asterisk 13.22.0, Linux 3.10.0-862.el7',
    patched: false,
    era: [2018, 2026],
    source:
      'FreePBX "SNG7 distribution": CentOS 7, kernel 3.10; CVE-2019-19006 (FreePBX 14 before 14.0.13.12); Asterisk changelog 13.22.0 (July 2018)',
  },
  device: 'server',
  environments: ['office', 'cloud'],
  stack: {
    traits: linuxRhel7,
    source:
      "rotation/stacks/linux.ts: Red Hat's 3.10 has the larger window of later kernels; its clock of 1000 Hz differs",
  },
  signature: '4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_7.4' },
      source: 'CentOS 7 package openssh-server 7.4p1-16.el7',
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'apache',
        version: '2.4.6',
        os: 'CentOS',
        index:
          '<html>\n<head>\n<title>FreePBX</title>\n<meta http-equiv="refresh" content="0;url=/admin/config.php">\n</head>\n<body></body>\n</html>\n',
      },
      source: 'CentOS 7 package httpd 2.4.6; FreePBX: the root leads to /admin; the text is ours',
    },
    5038: {
      protocol: 'dialogue',
      settings: {
        greeting: 'Asterisk Call Manager/2.10.4\r\n',
        rules: [
          {
            starts: 'Action: Login',
            say: 'Response: Error\r\nMessage: Authentication failed\r\n\r\n',
            close: true,
          },
          {
            starts: 'Action: Logoff',
            say: 'Response: Goodbye\r\nMessage: Thanks for all the fish.\r\n\r\n',
            close: true,
          },
        ],
        otherwise: 'Response: Error\r\nMessage: Permission denied\r\n\r\n',
      },
      source: 'Asterisk documentation, "Asterisk Manager Interface (AMI)" and UPGRADE-13.txt',
    },
  },
  udp: {
    5060: {
      protocol: 'sip',
      settings: { server: 'FPBX-14.0.3.13(13.22.0)', realm: 'asterisk' },
      source:
        'RFC 3261; FreePBX names itself FPBX, its version and that of Asterisk; the realm is the default of pjsip.conf',
    },
    69: {
      protocol: 'tftp',
      source: 'FreePBX "Endpoint Manager": telephones load their set-up by TFTP',
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'freepbx',
    source: 'FreePBX Distro: the host name that its installer gives',
  },
  vendor: {
    prefixes: ['00:50:56', '52:54:00', '00:0c:29'],
    source: 'IEEE MA-L: VMware; QEMU/KVM documentation',
  },
  uptime: {
    medianDays: 90,
    sigma: 0.9,
    source: 'assumed: a telephone exchange is left alone',
  },
}
