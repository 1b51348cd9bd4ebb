/** The machines the sensor can be, by id. */
import type { PersonaData } from './data.ts'
import { androidTv } from './personas/android-tv.ts'
import { asteriskPbx } from './personas/asterisk-pbx.ts'
import { centos7 } from './personas/centos-7.ts'
import { ciscoIos15 } from './personas/cisco-ios-15.ts'
import { debian12 } from './personas/debian-12.ts'
import { domino12 } from './personas/domino-12.ts'
import { dvrJaws } from './personas/dvr-jaws.ts'
import { esxi67 } from './personas/esxi-6-7.ts'
import { exchange2016 } from './personas/exchange-2016.ts'
import { freebsd13 } from './personas/freebsd-13.ts'
import { hikvisionDvr } from './personas/hikvision-dvr.ts'
import { homeRouter } from './personas/home-router.ts'
import { ipCamera } from './personas/ip-camera.ts'
import { mikrotik6 } from './personas/mikrotik-6.ts'
import { mikrotik7 } from './personas/mikrotik-7.ts'
import { mysqlServer } from './personas/mysql-server.ts'
import { netscaler121 } from './personas/netscaler-12-1.ts'
import { netscaler141 } from './personas/netscaler-14-1.ts'
import { openwrt15 } from './personas/openwrt-15.ts'
import { oracleServer } from './personas/oracle-server.ts'
import { printer } from './personas/printer.ts'
import { rocky9 } from './personas/rocky-9.ts'
import { siemensS7300 } from './personas/siemens-s7-300.ts'
import { synologyNas } from './personas/synology-nas.ts'
import { ubuntu1404 } from './personas/ubuntu-14-04.ts'
import { ubuntu2204 } from './personas/ubuntu-22-04.ts'
import { windows7 } from './personas/windows-7.ts'
import { windows10 } from './personas/windows-10.ts'
import { windowsServer2008R2 } from './personas/windows-server-2008-r2.ts'
import { windowsServer2012R2 } from './personas/windows-server-2012-r2.ts'
import { windowsServer2016 } from './personas/windows-server-2016.ts'
import { windowsServer2019 } from './personas/windows-server-2019.ts'
import { windowsServer2022 } from './personas/windows-server-2022.ts'

export const roster: readonly PersonaData[] = [
  androidTv,
  asteriskPbx,
  centos7,
  ciscoIos15,
  debian12,
  domino12,
  dvrJaws,
  esxi67,
  exchange2016,
  freebsd13,
  hikvisionDvr,
  homeRouter,
  ipCamera,
  mikrotik6,
  mikrotik7,
  mysqlServer,
  netscaler121,
  netscaler141,
  openwrt15,
  oracleServer,
  printer,
  rocky9,
  siemensS7300,
  synologyNas,
  ubuntu1404,
  ubuntu2204,
  windows10,
  windows7,
  windowsServer2008R2,
  windowsServer2012R2,
  windowsServer2016,
  windowsServer2019,
  windowsServer2022,
]
