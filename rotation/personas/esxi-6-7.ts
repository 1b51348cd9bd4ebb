import type { PersonaData } from '../data.ts'
import { esxi } from '../stacks/bsd.ts'

/** A hypervisor that stands in the open with its management, before the fix of its service locator. */
export const esxi67: PersonaData = {
  id: 'esxi-6-7',
  title: 'VMware ESXi 6.7 Update 3 without updates, SSH switched on',
  system: {
    family: 'esxi',
    name: 'VMware ESXi 6.7 Update 3',
    version: '6.7.0, build 14320388',
    patched: false,
    era: [2019, 2027],
    source:
      'VMware ESXi 6.7 Update 3 release notes: build 14320388, August 2019; before the fix of CVE-2021-21974',
  },
  device: 'hypervisor',
  environments: ['office', 'cloud'],
  stack: {
    traits: esxi,
    source: 'rotation/stacks/bsd.ts: VMware ESXi 6',
  },
  signature: '4:64+0:0:1460:65535,9:mss,nop,ws,sok,ts:df,id+:0',
  ports: {
    22: {
      protocol: 'ssh',
      // The shell that there is speaks Linux: nobody gets in.
      settings: { ident: 'SSH-2.0-OpenSSH_7.9', accept: [] },
      source: 'VMware ESXi 6.7 Update 3 open source disclosure: OpenSSH 7.9p1',
    },
    80: {
      protocol: 'http',
      settings: {
        server: '',
        redirect: { status: 301, to: 'https://{host}{path}' },
        index: '<HTML><BODY><H1>301 Moved Permanently</H1></BODY></HTML>',
      },
      source:
        'VMware, "Incoming and outgoing firewall ports for ESXi hosts": port 80 leads to HTTPS, without a Server header',
    },
    427: {
      protocol: 'dialogue',
      settings: { closeOtherwise: true },
      source: 'VMware, "Incoming and outgoing firewall ports for ESXi hosts": CIM SLP; RFC 2608 4',
    },
    902: {
      protocol: 'dialogue',
      settings: {
        greeting:
          '220 VMware Authentication Daemon Version 1.10: SSL Required, ServerDaemonProtocol:SOAP, MKSDisplayProtocol:VNC , VMXARGS supported, NFCSSL supported/t\r\n',
        closeOtherwise: true,
      },
      source:
        'Broadcom knowledge base 341384: the greeting at 902 of ESXi before 8; without TLS it closes',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'esxi%%',
    source: "an administrator's scheme, as in VMware's own documentation: esxi and a number",
  },
  vendor: {
    prefixes: ['18:66:da', 'b8:ca:3a', '9c:8e:99', '0c:c4:7a'],
    source: 'IEEE MA-L: Dell, Dell, Hewlett Packard, Super Micro',
  },
  uptime: {
    medianDays: 200,
    sigma: 0.9,
    source: 'assumed: a restart takes all its guests down',
  },
}
