import type { PersonaData } from '../data.ts'
import { hangsUp } from '../services/devices.ts'
import { openwrt } from '../stacks/linux.ts'

/** A router that its owner flashed once and then forgot. */
export const openwrt15: PersonaData = {
  id: 'openwrt-15',
  title: 'OpenWrt 15.05 Chaos Calmer with dropbear, LuCI and dnsmasq',
  system: {
    family: 'linux',
    name: 'OpenWrt Chaos Calmer',
    version: '15.05, r46767, Linux 3.18.20',
    patched: false,
    era: [2015, 2025],
    source:
      'OpenWrt "Chaos Calmer 15.05": kernel 3.18.20, September 2015; CVE-2017-14491 (dnsmasq before 2.78), CVE-2016-7406 (dropbear before 2016.74)',
  },
  device: 'router',
  environments: ['home', 'office'],
  stack: {
    traits: openwrt,
    source: 'rotation/stacks/linux.ts: kernel 3.18, confirmed with nmap (OpenWrt 15.05)',
  },
  signature: '4:64+0:0:1460:mss*20,4:mss,sok,ts,nop,ws:df:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-dropbear_2015.67', keyboardInteractive: false },
      source: 'OpenWrt 15.05 package dropbear 2015.67-1',
    },
    53: hangsUp(
      'OpenWrt 15.05 package dnsmasq 2.73-1, whose option local-service, on by default, hangs up on strangers',
    ),
    80: {
      protocol: 'http',
      settings: {
        server: '',
        index:
          '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n<meta http-equiv="Cache-Control" content="no-cache" />\n<meta http-equiv="refresh" content="0; URL=/cgi-bin/luci" />\n</head>\n<body style="background-color: white">\n<a style="color: black; font-family: arial, helvetica, sans-serif;" href="/cgi-bin/luci">LuCI - Lua Configuration Interface</a>\n</body>\n</html>\n',
      },
      source:
        'OpenWrt 15.05 packages uhttpd (no Server header) and luci-base: its index.html sends the visitor to /cgi-bin/luci',
    },
  },
  udp: {
    53: {
      protocol: 'dns',
      settings: { rcode: 'refused', recursion: true, payload: 4096 },
      source:
        'OpenWrt 15.05 package dnsmasq 2.73-1: REFUSED while it has no server to ask; edns-packet-max is 4096',
    },
  },
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'OpenWrt',
    source: 'OpenWrt documentation, "System configuration": the default of option hostname',
  },
  vendor: {
    prefixes: ['10:fe:ed', '14:cc:20', 'c4:6e:1f', 'e8:94:f6'],
    source: 'IEEE MA-L: TP-Link, on whose routers OpenWrt is most often found',
  },
  uptime: {
    medianDays: 40,
    sigma: 1.1,
    source: 'assumed: home routers restart with the power',
  },
}
