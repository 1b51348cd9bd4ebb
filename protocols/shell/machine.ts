/** The machine behind the shell: what stays the same between two visits, and differs between two sensors. */
import type { Identity } from '../protocol.ts'
import { type Architecture, cpuinfo, executable, UNAME_MACHINE } from './architecture.ts'
import { Files } from './files.ts'

/** 'device': BusyBox ash on a board; 'server': bash on Ubuntu. */
export type Kind = 'device' | 'server'

export type Machine = {
  readonly kind: Kind
  readonly hostname: string
  readonly architecture: Architecture
  readonly machine: string
  readonly kernel: { readonly release: string; readonly version: string }
  /** As the program prints it: "BusyBox v1.19.4 (2014-03-12 09:41:22 CST)". */
  readonly busybox: string
  readonly memoryKib: number
  readonly cores: number
  /** Seconds. Nothing here knows the time: the same at every visit (Session has no clock). */
  readonly uptimeSeconds: number
  /** Draws from the identity: 0 ≤ n < below. */
  draw(label: string, below: number): number
  readonly cpuinfo: string
}

const DEVICE_RELEASES = ['3.0.8', '3.4.35', '3.10.0', '3.10.14', '3.18.20']
const BUSYBOX_VERSIONS = ['1.16.1', '1.19.4', '1.20.2', '1.22.1']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

export function createMachine(
  identity: Identity,
  kind: Kind,
  architecture: Architecture = kind === 'device' ? 'arm7' : 'x86_64',
): Machine {
  const draw = (label: string, below: number): number =>
    identity.secret(`shell ${label}`, 4).readUInt32BE() % below
  const pick = <T>(label: string, list: readonly T[]): T => list[draw(label, list.length)] as T
  const serial = identity.secret('shell serial', 8).toString('hex')
  const device = kind === 'device'
  const built = new Date(
    Date.UTC(2013 + draw('build year', 4), draw('build day', 365) / 31, 1 + draw('build day', 28)) +
      1000 * (7 * 3600 + draw('build second', 39_600)),
  )
  const [day, clock] = built.toISOString().slice(0, 19).split('T') as [string, string]
  const stamp = `${DAYS[built.getUTCDay()]} ${MONTHS[built.getUTCMonth()]} ${built.getUTCDate()} ${clock} CST ${built.getUTCFullYear()}`
  const cores = device ? 1 : pick('cores', [1, 2, 4])
  return {
    kind,
    hostname: identity.hostname,
    architecture,
    machine: UNAME_MACHINE[architecture],
    kernel: device
      ? { release: pick('release', DEVICE_RELEASES), version: `#${1 + draw('build', 9)} ${stamp}` }
      : { release: '5.15.0-91-generic', version: '#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023' },
    busybox: device
      ? `BusyBox v${pick('busybox', BUSYBOX_VERSIONS)} (${day} ${clock} CST)`
      : 'BusyBox v1.30.1 (Ubuntu 1:1.30.1-7ubuntu3)',
    memoryKib: device
      ? pick('memory', [61_552, 124_844, 253_812])
      : pick('memory', [1_013_400, 2_026_772, 4_018_128]),
    cores,
    uptimeSeconds: 86_400 + draw('uptime', 86_400 * (device ? 60 : 200)),
    draw,
    cpuinfo: cpuinfo(architecture, serial, cores),
  }
}

const DEVICE_MOUNTS = `rootfs / rootfs rw 0 0
/dev/root / squashfs ro,relatime 0 0
proc /proc proc rw,relatime 0 0
sysfs /sys sysfs rw,relatime 0 0
tmpfs /dev tmpfs rw,relatime,mode=755 0 0
devpts /dev/pts devpts rw,relatime,mode=600 0 0
tmpfs /var tmpfs rw,relatime 0 0
tmpfs /tmp tmpfs rw,relatime 0 0
/dev/mtdblock3 /mnt/mtd jffs2 rw,relatime 0 0
`
const SERVER_MOUNTS = `sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
udev /dev devtmpfs rw,nosuid,relatime,mode=755,inode64 0 0
devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000 0 0
tmpfs /run tmpfs rw,nosuid,nodev,noexec,relatime,mode=755,inode64 0 0
/dev/vda1 / ext4 rw,relatime,discard,errors=remount-ro 0 0
tmpfs /dev/shm tmpfs rw,nosuid,nodev,inode64 0 0
/dev/vda15 /boot/efi vfat rw,relatime 0 0
`

/** A fresh copy of the machine's files for one visitor. `programs`: names in /bin. */
export function createFiles(machine: Machine, programs: readonly string[]): Files {
  const device = machine.kind === 'device'
  const program = executable(machine.architecture)
  const files: Record<string, string> = {
    '/proc/mounts': device ? DEVICE_MOUNTS : SERVER_MOUNTS,
    '/proc/cpuinfo': machine.cpuinfo,
    '/proc/version': `Linux version ${machine.kernel.release} (gcc) ${machine.kernel.version}\n`,
    '/proc/meminfo': meminfo(machine.memoryKib),
    '/proc/self/exe': program,
    '/etc/hostname': `${machine.hostname}\n`,
    '/etc/passwd': device
      ? 'root:x:0:0:root:/:/bin/sh\n'
      : 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nsshd:x:106:65534::/run/sshd:/usr/sbin/nologin\n',
    '/dev/null': '',
  }
  if (!device) {
    files['/etc/os-release'] =
      'PRETTY_NAME="Ubuntu 22.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.3 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n'
    files['/etc/issue'] = 'Ubuntu 22.04.3 LTS \\n \\l\n\n'
  }
  for (const name of programs) files[`/bin/${name}`] = program
  const directories = device
    ? [
        '/dev/pts',
        '/etc',
        '/lib',
        '/mnt/mtd',
        '/proc',
        '/sbin',
        '/sys',
        '/tmp',
        '/usr/bin',
        '/usr/sbin',
        '/var/run',
        '/var/tmp',
        '/root',
        '/home',
      ]
    : [
        '/boot',
        '/dev/shm',
        '/etc',
        '/home',
        '/lib',
        '/mnt',
        '/opt',
        '/proc',
        '/root/.ssh',
        '/run',
        '/sbin',
        '/srv',
        '/sys',
        '/tmp',
        '/usr/bin',
        '/usr/sbin',
        '/usr/local/bin',
        '/var/log',
        '/var/run',
        '/var/tmp',
        '/var/www/html',
      ]
  const readOnly = device ? ['/', '!/dev', '!/tmp', '!/var', '!/mnt/mtd'] : ['!/', '/proc', '/sys']
  return new Files(files, directories, readOnly)
}

function meminfo(total: number): string {
  const rows: [string, number][] = [
    ['MemTotal', total],
    ['MemFree', Math.trunc(total * 0.23)],
    ['Buffers', Math.trunc(total * 0.04)],
    ['Cached', Math.trunc(total * 0.31)],
    ['SwapTotal', 0],
    ['SwapFree', 0],
  ]
  return rows
    .map(([name, kib]) => `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`)
    .join('')
}
