/** What the judges should say of each persona: facts about the systems, as patterns of nmap's and p0f's own words. */
import { type Product, products } from './judge-products.ts'

export type Expected = {
  readonly os: {
    /** Family and major version. */
    readonly name: RegExp
    /** Is there a system of this kind that nmap 7.93's database can name exactly? */
    readonly known: boolean
  }
  /** By port: the product that `nmap -sV` should name; 'unknown': it has no match for it. */
  readonly services: Readonly<Record<number, Product>>
  /** p0f's database is of 2012: '???' is right for what came later. */
  readonly p0f: RegExp
}

type Seen = Pick<Expected, 'os' | 'p0f'>

const NOT_IN_P0F = /^\?\?\?$/
/** Its labels for systems of that family, or none. */
const LINUX_OR_NONE = /^Linux|^\?\?\?$/
const WINDOWS_OR_NONE = /^Windows|^\?\?\?$/
const BSD_OR_NONE = /^FreeBSD|^\?\?\?$/

const seen = (name: RegExp, p0f: RegExp, known = true): Seen => ({ os: { name, known }, p0f })

/** 2.6.32 to 3.10 have one stack, 3.11 to 4.9 nearly one, 4.15 to 5.x one: nmap names such spans. */
const LINUX_3_EARLY = seen(/^Linux (2\.6\.32|3\.\d+)( - 3\.\d+)?$/, /^Linux 3|^Linux 2|^\?\?\?$/)
const LINUX_3 = seen(/^Linux 3\.\d+( - [345]\.\d+)?$/, LINUX_OR_NONE)
const LINUX_4 = seen(/^Linux (3\.\d+ - )?4\.\d+$/, LINUX_OR_NONE)
const LINUX_5 = seen(/^Linux (4\.\d+ - )?5\.\d+( - 5\.\d+)?$/, NOT_IN_P0F)
/** nmap 7.93 has nothing later than 5: a kernel 6 of the same stack is taken for that. */
const LINUX_6 = seen(LINUX_5.os.name, NOT_IN_P0F, false)
const WINDOWS_7 = seen(/^Microsoft Windows 7\b/, /^Windows 7 or 8$/)
const WINDOWS_2016 = seen(/^Microsoft Windows Server 2016/, WINDOWS_OR_NONE)
/** Builds of one kernel: nmap names the desktop. */
const WINDOWS_10 = seen(/^Microsoft Windows (10|Server 2019)\b/, WINDOWS_OR_NONE)
const NETSCALER = seen(/^Citrix NetScaler/, NOT_IN_P0F)

const systems: Readonly<Record<string, Seen>> = {
  'android-tv': seen(/^Android 7|^Linux 3\.\d+( - [345]\.\d+)?$/, LINUX_OR_NONE),
  // CentOS 7 and the like: 3.10 with what came until 4.9.
  'asterisk-pbx': LINUX_3,
  'centos-7': LINUX_3,
  'cisco-ios-15': seen(/^Cisco .*\bIOS (12\.4 - )?15\.|^Cisco .*IOS 15/, NOT_IN_P0F),
  'debian-12': LINUX_6,
  'domino-12': WINDOWS_10,
  'dvr-jaws': LINUX_3_EARLY,
  'esxi-6-7': seen(/^VMware ESXi 6\./, BSD_OR_NONE),
  'exchange-2016': WINDOWS_2016,
  'freebsd-13': seen(/^FreeBSD 12\.\d-RELEASE - 13\.|^FreeBSD 13\./, BSD_OR_NONE),
  'hikvision-dvr': seen(/surveillance DVR.*Hikvision/, LINUX_OR_NONE),
  'home-router': LINUX_3_EARLY,
  'ip-camera': LINUX_3_EARLY,
  'mikrotik-6': seen(/^MikroTik RouterOS 6\./, LINUX_OR_NONE),
  // Kernel 5.6.3; nmap 7.93 has no RouterOS 7.
  'mikrotik-7': LINUX_5,
  'mysql-server': LINUX_5,
  'netscaler-12-1': NETSCALER,
  'netscaler-14-1': NETSCALER,
  'openwrt-15': seen(/^OpenWrt .*15\.05/, LINUX_OR_NONE),
  'oracle-server': LINUX_4,
  // Lexmark's firmware is a Linux of its own; nmap has no such model.
  printer: seen(/^Linux (2\.6|3)|Lexmark/, LINUX_OR_NONE, false),
  'rocky-9': LINUX_5,
  'siemens-s7-300': seen(/^Siemens (Simatic 300|SPS)/, NOT_IN_P0F),
  'synology-nas': LINUX_4,
  'ubuntu-14-04': LINUX_3,
  'ubuntu-22-04': LINUX_5,
  'windows-10': seen(/^Microsoft Windows 10\b/, WINDOWS_OR_NONE),
  'windows-7': WINDOWS_7,
  'windows-server-2008-r2': seen(/Windows Server 2008 R2/, /^Windows 7 or 8$/),
  'windows-server-2012-r2': seen(/Windows Server 2012 R2/, WINDOWS_OR_NONE),
  'windows-server-2016': WINDOWS_2016,
  'windows-server-2019': WINDOWS_10,
  // Build 20348 came after nmap 7.93's database; its stack is that of Windows 10.
  'windows-server-2022': seen(/^Microsoft Windows (10|Server 20(19|22))\b/, WINDOWS_OR_NONE, false),
}

export const expectations: Readonly<Record<string, Expected>> = Object.fromEntries(
  Object.entries(systems).map(([id, system]) => [id, { ...system, services: products[id] ?? {} }]),
)
