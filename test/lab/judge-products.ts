/** Products as nmap -sV names them, by persona and port: patterns of what the real service is, in the judge's own words. */

export type Product = RegExp | 'unknown'

const MSRPC = /^Microsoft Windows RPC/
const NETBIOS = /^Microsoft Windows netbios-ssn/
const RDP = /^Microsoft Terminal Service/
const HTTPAPI = /^Microsoft HTTPAPI httpd 2\.0/
const iis = (version: string): RegExp => new RegExp(`^Microsoft IIS httpd ${version}`)
const openSsh = (version: string): RegExp => new RegExp(`^OpenSSH ${version}\\b`)
const ROS_SSH = /^MikroTik RouterOS sshd/

export const products: Readonly<Record<string, Readonly<Record<number, Product>>>> = {
  'android-tv': { 5555: /^Android Debug Bridge/, 7000: /AirTunes/ },
  'asterisk-pbx': {
    22: openSsh('7\\.4'),
    80: /^Apache httpd 2\.4\.6/,
    5038: /^Asterisk Call Manager/,
  },
  'centos-7': {
    21: /^vsftpd 3\.0\.2/,
    22: openSsh('7\\.4'),
    80: /^Apache httpd 2\.4\.6/,
    3306: /MariaDB/,
  },
  'cisco-ios-15': { 22: /^Cisco SSH 1\.25/, 23: /^Cisco/, 80: /^Cisco/ },
  'debian-12': { 22: openSsh('9\\.2p1 Debian'), 25: /^Postfix smtpd/, 80: /^nginx 1\.22\.1/ },
  'domino-12': {
    25: /^(IBM|Lotus|HCL) Domino smtpd/,
    80: /^(IBM|Lotus|HCL) Domino httpd/,
    110: /^(IBM|Lotus|HCL) Domino (POP3|pop3)/,
    143: /^(IBM|Lotus|HCL) Domino imapd/,
    389: /LDAP|Domino/,
    1352: 'unknown',
    3389: RDP,
  },
  'dvr-jaws': { 23: /telnetd$/, 80: /^JAWS\/1\.0/, 60001: 'unknown' },
  'esxi-6-7': {
    22: openSsh('7\\.9'),
    80: 'unknown',
    427: 'unknown',
    902: /^VMware Authentication Daemon 1\.10/,
  },
  'exchange-2016': {
    25: /^Microsoft Exchange smtpd/,
    80: iis('10\\.0'),
    110: /^Microsoft Exchange .*pop3d/,
    135: MSRPC,
    143: /^Microsoft Exchange .*imapd/,
    445: 'unknown',
    587: /^Microsoft Exchange smtpd/,
    3389: RDP,
  },
  'freebsd-13': { 21: /./, 22: openSsh('7\\.9'), 25: /^Sendmail/, 80: /^nginx 1\.20\.1/ },
  'hikvision-dvr': { 80: /^Hikvision|^Apache|App-webs/, 554: /rtspd/, 8000: 'unknown' },
  'home-router': {
    23: /telnetd/,
    80: /^Boa (HTTPd |httpd )?0\.94\.14rc21/,
    7547: /^gSOAP 2\.7/,
    52869: /^MiniUPnP 1\.0/i,
  },
  'ip-camera': { 23: /telnetd/, 80: /Dahua/, 554: /Dahua|rtspd/, 37777: 'unknown' },
  'mikrotik-6': {
    21: /^MikroTik router ftpd 6\./,
    22: ROS_SSH,
    23: /MikroTik|^Linux telnetd/,
    80: /^MikroTik router config httpd/,
    2000: /^MikroTik bandwidth-test server/,
    8291: 'unknown',
    8728: /MikroTik RouterOS API/,
  },
  'mikrotik-7': { 22: ROS_SSH, 80: /^MikroTik router config httpd/, 8291: 'unknown' },
  'mysql-server': {
    22: openSsh('8\\.2p1 Ubuntu'),
    80: /^Apache httpd 2\.4\.41/,
    3306: /^MySQL 8\.0\.36/,
  },
  'netscaler-12-1': { 22: openSsh('7\\.4'), 80: /^Apache httpd/ },
  'netscaler-14-1': { 22: openSsh('9\\.7'), 80: /^Apache httpd/ },
  'openwrt-15': { 22: /^Dropbear sshd 2015\.67/, 53: /^dnsmasq 2\.73/, 80: /LuCI|uHTTPd/i },
  'oracle-server': {
    22: openSsh('7\\.4'),
    80: /^Apache httpd 2\.4\.6/,
    1521: /^Oracle TNS listener 12\.1\.0\.2\.0/,
  },
  printer: {
    21: /ftpd/,
    79: 'unknown',
    80: /HP|Lexmark|Brother|Kyocera|Ricoh/,
    515: 'unknown',
    631: /HP|Lexmark|Brother|Kyocera|Ricoh|ipp/i,
    9100: /./,
  },
  'rocky-9': { 22: openSsh('8\\.7'), 80: /^nginx 1\.20\.1/, 3306: /MariaDB/ },
  'siemens-s7-300': { 80: /Siemens/, 102: /^Siemens S7 PLC/ },
  'synology-nas': {
    21: /Synology/,
    22: openSsh('7\\.4'),
    139: /^Samba smbd/,
    445: /^Samba smbd/,
    5000: /^nginx|Synology/,
  },
  'ubuntu-14-04': {
    21: /^vsftpd 3\.0\.2/,
    22: openSsh('6\\.6\\.1p1 Ubuntu'),
    25: /^Postfix smtpd/,
    80: /^Apache httpd 2\.4\.7/,
    3306: /^MySQL 5\.5\.41/,
  },
  'ubuntu-22-04': {
    22: openSsh('8\\.9p1 Ubuntu'),
    80: /^nginx 1\.18\.0 \(Ubuntu\)/,
    6379: /^Redis key-value store 6\.0\.16/,
  },
  'windows-10': { 135: MSRPC, 139: NETBIOS, 445: 'unknown', 3389: RDP, 5357: HTTPAPI },
  'windows-7': { 135: MSRPC, 139: NETBIOS, 445: 'unknown', 3389: RDP, 5357: HTTPAPI },
  'windows-server-2008-r2': {
    80: iis('7\\.5'),
    135: MSRPC,
    139: NETBIOS,
    445: 'unknown',
    3389: RDP,
  },
  'windows-server-2012-r2': {
    53: 'unknown',
    80: iis('8\\.5'),
    88: /^Microsoft Windows Kerberos/,
    135: MSRPC,
    139: NETBIOS,
    389: /^Microsoft Windows Active Directory LDAP/,
    445: 'unknown',
    3389: RDP,
    5985: HTTPAPI,
  },
  'windows-server-2016': { 80: iis('10\\.0'), 1433: /^Microsoft SQL Server 2014/ },
  'windows-server-2019': {
    80: iis('10\\.0'),
    135: MSRPC,
    445: 'unknown',
    3389: RDP,
    5985: HTTPAPI,
  },
  'windows-server-2022': { 21: /^Microsoft ftpd/, 80: iis('10\\.0'), 3389: RDP },
}
