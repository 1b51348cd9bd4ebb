import type { PersonaData } from '../data.ts'
import { hangsUp, rtsp } from '../services/devices.ts'
import { linux3Embedded } from '../stacks/linux.ts'

/** A dome camera behind a forwarded port. */
export const ipCamera: PersonaData = {
  id: 'ip-camera',
  title: 'Dahua IPC-HDW camera with telnet and its private protocol',
  system: {
    family: 'linux',
    name: 'Dahua IPC-HDW4300S',
    version: '2.420.0000.18.R build 2015-07-22, Linux 3.0.8',
    patched: false,
    era: [2013, 2026],
    source:
      "Dahua advisory of March 2017 (CVE-2017-7925: IPC-HDW4300S and others, builds before 2017); Mirai's published list has its passwords (root, vizxv); the build is assumed",
  },
  device: 'camera',
  environments: ['home', 'office'],
  stack: {
    traits: linux3Embedded,
    source:
      'rotation/stacks/linux.ts: an embedded 3.x kernel without timestamps, confirmed with nmap',
  },
  signature: '4:64+0:0:1460:mss*10,3:mss,nop,nop,sok,nop,ws:df:0',
  ports: {
    23: {
      protocol: 'telnet',
      settings: { architecture: 'arm7' },
      source: 'Dahua statement of October 2016: firmware before 2015 has telnet on',
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'webserver',
        index:
          '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\r\n<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\r\n<title>WEB SERVICE</title>\r\n<link rel="stylesheet" type="text/css" href="css/login.css" />\r\n<script type="text/javascript" src="js/loginEx.js"></script>\r\n</head>\r\n<body>\r\n<div id="login"><form id="loginForm" onsubmit="return false">\r\n<input id="login_user" name="username" type="text" maxlength="31" />\r\n<input id="login_psw" name="password" type="password" maxlength="32" />\r\n<a id="b_login" href="javascript:;">Login</a>\r\n</form></div>\r\n</body>\r\n</html>\r\n',
      },
      source:
        'Dahua "IP Camera Web Operation Manual": the page is titled WEB SERVICE; the name of the server is assumed; the text is ours',
    },
    554: rtsp({
      headers: ['Server: Rtsp Server/3.0'],
      methods:
        'OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, TEARDOWN, SET_PARAMETER, GET_PARAMETER',
      realm: 'MediaServer3.0',
      source: 'RFC 2326; Server and realm as test logs of public RTSP clients show them for Dahua',
    }),
    37777: hangsUp(
      'Dahua "IP Camera Web Operation Manual": TCP port 37777; its binary protocol hangs up on what is none of its commands',
    ),
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'IPC',
    source: 'Dahua "IP Camera Web Operation Manual": the default host name',
  },
  vendor: {
    prefixes: ['3c:ef:8c', '90:02:a9', '4c:11:bf', 'e0:50:8b', '14:a7:8b'],
    source: 'IEEE MA-L: Zhejiang Dahua Technology',
  },
  uptime: {
    medianDays: 30,
    sigma: 1.2,
    source: 'assumed: cameras restart with the power',
  },
}
