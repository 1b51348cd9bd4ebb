/** What programs look like on each processor, and what the processor says of itself. */

export type Architecture = 'arm7' | 'mips' | 'mipsel' | 'x86_64'
export const ARCHITECTURES: readonly Architecture[] = ['arm7', 'mips', 'mipsel', 'x86_64']

/** `uname -m`. */
export const UNAME_MACHINE: Readonly<Record<Architecture, string>> = {
  arm7: 'armv7l',
  mips: 'mips',
  mipsel: 'mips',
  x86_64: 'x86_64',
}

/** System V ABI: e_machine, e_flags (processor supplements); big or little end; 32 or 64 bit. */
const ELF = {
  arm7: { machine: 40, flags: 0x0500_0002, big: false, wide: false, entry: 0x0000_c1b4 },
  mips: { machine: 8, flags: 0x0000_1005, big: true, wide: false, entry: 0x0040_4b50 },
  mipsel: { machine: 8, flags: 0x0000_1005, big: false, wide: false, entry: 0x0040_4b50 },
  x86_64: { machine: 62, flags: 0, big: false, wide: true, entry: 0x2f_d0 },
} as const

/**
 * The beginning of an executable, latin1: the ELF header (System V ABI, chapter 4), a program header
 * of zeros and the loader's name. Loaders read the first 20 bytes or so to know what to send.
 */
export function executable(architecture: Architecture): string {
  const { machine, flags, big, wide, entry } = ELF[architecture]
  const bytes = Buffer.alloc(512)
  const u16 = (at: number, value: number): number =>
    big ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at)
  const u32 = (at: number, value: number): number =>
    big ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at)
  bytes.write('\x7fELF', 'latin1')
  bytes.set([wide ? 2 : 1, big ? 2 : 1, 1], 4)
  u16(16, wide ? 3 : 2) // ET_DYN where executables are position-independent, else ET_EXEC
  u16(18, machine)
  u32(20, 1)
  u32(24, entry)
  const headerBytes = wide ? 64 : 52
  u32(wide ? 32 : 28, headerBytes)
  const rest = wide ? 48 : 36
  u32(rest, flags)
  u16(rest + 4, headerBytes)
  u16(rest + 6, wide ? 56 : 32)
  u16(rest + 8, wide ? 13 : 6)
  u16(rest + 10, wide ? 64 : 40)
  u16(rest + 12, wide ? 31 : 24)
  u16(rest + 14, wide ? 30 : 23)
  bytes.write(wide ? '/lib64/ld-linux-x86-64.so.2' : '/lib/ld-uClibc.so.0', 320, 'latin1')
  return bytes.toString('latin1')
}

/** /proc/cpuinfo of a small board or a rented server. `serial`: 16 hex digits. */
export function cpuinfo(architecture: Architecture, serial: string, cores: number): string {
  switch (architecture) {
    case 'arm7':
      return [
        'Processor\t: ARMv7 Processor rev 5 (v7l)',
        'processor\t: 0',
        'BogoMIPS\t: 1196.85',
        '',
        'Features\t: swp half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt ',
        'CPU implementer\t: 0x41',
        'CPU architecture: 7',
        'CPU variant\t: 0x0',
        'CPU part\t: 0xc07',
        'CPU revision\t: 5',
        '',
        'Hardware\t: hi3521a',
        'Revision\t: 0000',
        `Serial\t\t: ${serial}`,
        '',
      ].join('\n')
    case 'mips':
    case 'mipsel':
      return [
        `system type\t\t: ${architecture === 'mips' ? 'Atheros AR9330 rev 1' : 'MT7620'}`,
        'processor\t\t: 0',
        'cpu model\t\t: MIPS 24Kc V7.4',
        'BogoMIPS\t\t: 266.24',
        'wait instruction\t: yes',
        'microsecond timers\t: yes',
        'tlb_entries\t\t: 16',
        'extra interrupt vector\t: yes',
        'hardware watchpoint\t: yes, count: 4, address/irw mask: [0x0ffb, 0x0ffb, 0x0ffb, 0x0ffb]',
        'ASEs implemented\t: mips16',
        'shadow register sets\t: 1',
        'core\t\t\t: 0',
        'VCED exceptions\t\t: not available',
        'VCEI exceptions\t\t: not available',
        '',
      ].join('\n')
    case 'x86_64':
      return Array.from({ length: cores }, (_, core) => server(core, cores)).join('\n')
  }
}

function server(core: number, cores: number): string {
  return [
    `processor\t: ${core}`,
    'vendor_id\t: GenuineIntel',
    'cpu family\t: 6',
    'model\t\t: 85',
    'model name\t: Intel Xeon Processor (Skylake, IBRS)',
    'stepping\t: 4',
    'microcode\t: 0x1',
    'cpu MHz\t\t: 2294.608',
    'cache size\t: 16384 KB',
    `physical id\t: ${core}`,
    'siblings\t: 1',
    'core id\t\t: 0',
    `cpu cores\t: ${Math.min(1, cores)}`,
    `apicid\t\t: ${core}`,
    'fpu\t\t: yes',
    'cpuid level\t: 13',
    'wp\t\t: yes',
    'flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx pdpe1gb rdtscp lm constant_tsc rep_good nopl cpuid pni pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand hypervisor lahf_lm abm',
    'bogomips\t: 4589.21',
    'clflush size\t: 64',
    'cache_alignment\t: 64',
    'address sizes\t: 46 bits physical, 48 bits virtual',
    'power management:',
    '',
  ].join('\n')
}
